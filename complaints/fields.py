"""The fields that the forms of verbs are made of, and the form itself. Field labels are what people see."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from complaints.errors import WrongReference
from complaints.services.reference import parse
from complaints.services.taxonomy import CATEGORY_B, CHANNEL_A, REASON_C, codes, is_leaf
from sqm_site.fields import (
    AwareDateTime,
    Input,
    StrictBoolean,
    StrictChar,
    StrictChoice,
    StrictDate,
    StrictInteger,
    bound,
)

if TYPE_CHECKING:
    from complaints.dossier import Dossier


class Moment(AwareDateTime):
    """When it happened in the world, where that is not now. The gate of every verb with one compares it."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label=label or _("Happened at"), required=False, **kwargs)


class Form(Input):
    """What a verb takes: a strict serializer. Pages make their dialogs from the same fields."""

    either: frozenset[str] = frozenset()  # fields of which the gate wants one: none of them is compulsory by itself

    @classmethod
    def names(cls) -> set[str]:
        return set(bound(cls).fields)

    @classmethod
    def words(cls) -> set[str]:
        """The fields in which people write: never codes, and never kept outside the texts."""
        fields = bound(cls).fields.items()
        return {
            name
            for name, one in fields
            if isinstance(one, StrictChar)
            and not isinstance(one, CodeField | Named | CaseNumber | UnitCode | PersonName)
        }

    @classmethod
    def moment(cls) -> str:
        """The field that says when it happened; empty for what happens as it is entered."""
        return next((name for name, field in bound(cls).fields.items() if isinstance(field, Moment)), "")

    @classmethod
    def options(cls, dossier: "Dossier") -> dict[str, list[tuple[Any, Any]]]:
        """Fields that choose among rows of this case: (value, label). Where there is one, nobody is asked."""
        return {}

    @classmethod
    def asked(cls, dossier: "Dossier") -> set[str]:
        """The fields that a dialog shows for this case as it stands."""
        return cls.names()

    @classmethod
    def example(cls, dossier: "Dossier") -> dict[str, Any]:
        """One filled-in form that is valid for this case: what may be left out is left out."""
        return {name: sample(field) for name, field in bound(cls).fields.items() if field.required}


def sample(field: serializers.Field) -> Any:
    """A value that a field takes, as JSON has it."""
    for kind, value in SAMPLES:
        if isinstance(field, kind):
            return value(field)
    raise TypeError(f"{type(field).__name__} has no sample: add it to SAMPLES")


class CodeField(StrictChar):
    """A code of one dimension of the taxonomy. `leaf`: the finest level that is defined. `among`: only these."""

    default_error_messages = {
        "unknown": _("There is no such code in {dimension}."),
        "coarse": _("Choose the finest level of {dimension}."),
    }

    def __init__(self, dimension: str, *, leaf: bool = False, among: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.dimension, self.leaf, self.among = dimension, leaf, among

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code and (code not in codes(self.dimension) or (self.among and code not in self.among)):
            self.fail("unknown", dimension=self.dimension)
        if code and self.leaf and not is_leaf(self.dimension, code):
            self.fail("coarse", dimension=self.dimension)
        return code

    def offered(self) -> list[tuple[str, str]]:
        """What a page offers: (code, label), in order; only the finest level where that is asked for."""
        return [
            (row.code, row.label)
            for row in codes(self.dimension).values()
            if (not self.leaf or is_leaf(self.dimension, row.code)) and (not self.among or row.code in self.among)
        ]


def line(label: Any, **kwargs: Any) -> StrictChar:
    return StrictChar(label=label, max_length=kwargs.pop("max_length", 120), **kwargs)


def prose(label: Any, **kwargs: Any) -> StrictChar:
    return StrictChar(label=label, lines=True, max_length=kwargs.pop("max_length", 5000), **kwargs)


def optional(make: Callable[..., StrictChar], label: Any, **kwargs: Any) -> StrictChar:
    return make(label, required=False, allow_blank=True, default="", **kwargs)


class Named(StrictChar):
    """One of the rows that the form offers for this case, by its key; empty: the only one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, required=False, allow_blank=True, default="", **kwargs)


class CaseNumber(StrictChar):
    """The reference of another case, in its one spelling."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label=label, max_length=24, format="case-reference", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        given = super().to_internal_value(data)
        try:
            return parse(given) if given else given  # where it may be left empty
        except WrongReference as error:
            raise serializers.ValidationError(str(error), code="reference") from error


class UnitCode(StrictChar):
    """The code of a unit that may be left out; who reads it looks it up in the legal entity of the case."""

    def __init__(self, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"max_length": 40, "format": "unit-code", "required": False, "allow_blank": True}
        super().__init__(**usual | kwargs)


class PartnerCode(UnitCode):
    """The code of a partner institution (合作机构) that may be left out; looked up in the entity of the case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"format": "partner-code"} | kwargs)


class PersonName(StrictChar):
    """The user name of a colleague, which may be left out; who reads it looks them up in the entity of the case."""

    def __init__(self, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"max_length": 150, "format": "user-name", "required": False, "allow_blank": True}
        super().__init__(**usual | kwargs)


class Nothing(Form):
    """A verb that needs no words."""


class Reason(Form):
    reason = prose(_("Reason"))


class Classification(Form):
    """Where (A), what (B) and why (C); the finest level of each."""

    business_channel = CodeField(CHANNEL_A, leaf=True, label=_("Business channel"))
    category = CodeField(CATEGORY_B, leaf=True, label=_("Category"))
    reason = CodeField(REASON_C, leaf=True, label=_("Reason"))


SAMPLES: tuple[tuple[type[serializers.Field], Callable[[Any], Any]], ...] = (
    (CodeField, lambda field: field.offered()[0][0]),
    (StrictChoice, lambda field: next(value for value in field.choices if value != "")),
    (StrictBoolean, lambda field: True),
    (StrictInteger, lambda field: max(field.min_value, 0)),
    (AwareDateTime, lambda field: timezone.now().isoformat()),
    (StrictDate, lambda field: timezone.localdate().isoformat()),
    (StrictChar, lambda field: str(field.label)),
)
