"""Dialogs made from the forms of the verbs: each serializer field becomes one control, and comes back as JSON would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from complaints.fields import CodeField, PersonName, UnitCode
from complaints.models import Case
from complaints.services.taxonomy import codes, path_of, place_name, typed_as
from sqm_site.api import flat
from sqm_site.fields import Input, bound, number

RADIOS = 4  # a choice this short is shown whole
SHOWN_WHOLE = {"contact_result"}  # and these, which are chosen after every call
MANY = 8  # of a longer choice a page makes a box to type into
LONG = 200  # a line of so many characters takes a row of its own
SEPARATORS = str.maketrans({"，": ",", "、": ",", "\n": ",", ";": ",", "；": ","})


@dataclass
class Control:
    """One field of a dialog. widget: line, lines, number, moment, day, select, radios, tick, unit, taker."""

    name: str
    label: Any
    widget: str
    value: Any = ""
    required: bool = False
    starred: bool = False  # shown as wanted: by the form, or by the gate of the verb
    max_length: int | None = None
    groups: list[tuple[str, list[tuple[str, Any]]]] = field(default_factory=list)
    suggestions: list[tuple[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    alone: bool = False  # without a neighbour in its row
    dimension: str = ""  # of a code: what was chosen before is kept by it
    shown: str = ""  # the name of the unit whose code the field holds

    @property
    def many(self) -> bool:
        return sum(len(choices) for _heading, choices in self.groups) > MANY

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, Any, str]]]]:
        """The choices with the syllables by which they are typed."""
        return [
            (
                heading,
                [(value, text, typed_as(self.dimension, value) if self.dimension else "") for value, text in rows],
            )
            for heading, rows in self.groups
        ]

    @property
    def wide(self) -> bool:
        return self.alone or self.widget in {"lines", "radios"} or (self.max_length or 0) >= LONG

    @property
    def template(self) -> str:
        return f"desk/widgets/{self.widget}.html"


Options = Mapping[str, list[tuple[Any, Any]]]


def controls(
    form: type[Input],
    initial: Mapping[str, Any],
    errors: Mapping[str, Any] | None = None,
    options: Options | None = None,
) -> list[Control]:
    """What a dialog shows for a form.

    initial  values to begin with
    errors   sentences by field
    options  fields that choose among rows of the case; with one choice or none the field is left out
    """
    errors, options = errors or {}, options or {}
    return [
        control(name, one, initial.get(name, default_of(one)), errors.get(name, []), options.get(name))
        for name, one in bound(form).fields.items()
        if name not in options or len(options[name]) > 1
    ]


def control(
    name: str, one: serializers.Field, value: Any, errors: Any, options: list[tuple[Any, Any]] | None = None
) -> Control:
    groups = [("", options)] if options else choices_of(one)
    return Control(
        name=name,
        label=one.label,
        widget=widget_of(one, groups),
        value=value,
        required=one.required and not getattr(one, "allow_blank", False),
        starred=one.required and not getattr(one, "allow_blank", False),
        max_length=getattr(one, "max_length", None),
        groups=groups,
        dimension=getattr(one, "dimension", ""),
        errors=[row["detail"] for row in flat(errors)],
    )


def paired(rows: list[Control]) -> list[Control]:
    """Rows of two: what would stand beside nothing takes the whole row."""
    left: Control | None = None
    for row in rows:
        if left is not None and row.wide:
            left.alone = True
        left = row if left is None and not row.wide else None
    if left is not None:
        left.alone = True
    return rows


def widget_of(one: serializers.Field, groups: list[Any]) -> str:
    if groups:
        short = len(groups[0][1]) <= RADIOS or getattr(one, "dimension", "") in SHOWN_WHOLE
        return "radios" if len(groups) == 1 and short else "select"
    for kind, widget in WIDGETS:
        if isinstance(one, kind):
            return widget
    return "lines" if getattr(one, "lines", False) else "line"


WIDGETS: tuple[tuple[type[serializers.Field], str], ...] = (
    (UnitCode, "unit"),
    (PersonName, "person"),
    (serializers.BooleanField, "tick"),
    (serializers.IntegerField, "number"),
    (serializers.DateTimeField, "moment"),
    (serializers.DateField, "day"),
)


def choices_of(one: serializers.Field) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The choices, under the headings of their parents where there are any."""
    if isinstance(one, serializers.ChoiceField):
        return [("", [(value, text) for value, text in one.choices.items() if value != ""])]
    if isinstance(one, serializers.BooleanField) and one.required:
        return [("", [("true", _("Yes")), ("false", _("No"))])]
    if isinstance(one, CodeField):
        groups: dict[str, list[tuple[str, Any]]] = {}
        every = codes(one.dimension)
        for code, _text in one.offered():
            above = " / ".join(row.label for row in path_of(one.dimension, every[code].parent_code))
            groups.setdefault(above, []).append((code, place_name(one.dimension, code)))
        return list(groups.items())
    return []


def default_of(one: serializers.Field) -> Any:
    return "" if one.default is empty else one.default


def given(form: type[Input], posted: QueryDict) -> dict[str, Any]:
    """What was typed, as the form takes it. Empty fields that may be left out are left out."""
    data: dict[str, Any] = {}
    for name, one in bound(form).fields.items():
        text = posted.get(name, "")
        if isinstance(one, serializers.BooleanField) and not one.required:
            data[name] = text == "on"
        elif text.strip() or (one.required and not isinstance(one, serializers.BooleanField)):
            data[name] = taken(one, text)
    return data


def taken(one: serializers.Field, text: str) -> Any:
    for kind, read in READERS:
        if isinstance(one, kind):
            return read(text)
    return text


def as_moment(text: str) -> Any:
    """A local date and time of the page, with the offset it lacks; what is none stays for the form to refuse."""
    try:
        moment = parse_datetime(text)
    except ValueError:  # 30 February
        return text
    return timezone.make_aware(moment).isoformat() if moment and timezone.is_naive(moment) else text


def as_number(text: str) -> Any:
    found = number(text.strip())
    return text if found is None else found


READERS: tuple[tuple[type[serializers.Field], Callable[[str], Any]], ...] = (
    (serializers.BooleanField, lambda text: {"true": True, "false": False}.get(text, text)),
    (serializers.IntegerField, as_number),
    (serializers.DateTimeField, as_moment),
    (
        serializers.ListField,
        lambda text: [part.strip() for part in text.translate(SEPARATORS).split(",") if part.strip()],
    ),
)


def typed(posted: QueryDict) -> dict[str, Any]:
    """What was typed, to be shown again."""
    return {name: value for name, value in posted.items() if name not in {"csrfmiddlewaretoken", "version", "back"}}


def facts_of(case: Case, form: type[Input]) -> dict[str, Any]:
    """The facts of the case that a form asks for again: the dialog begins with them."""
    asked = bound(form).fields
    facts = {
        name: getattr(case, name)
        for name, one in asked.items()
        if name in BEGIN_WITH or (isinstance(one, CodeField) and hasattr(case, name))
    }
    return {name: ", ".join(value) if isinstance(value, list) else value for name, value in facts.items() if value}


BEGIN_WITH = frozenset({"touchpoint", "product", "amount", "complainants", "named_staff", "level", "urgent"})
