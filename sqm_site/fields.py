"""Fields that take what was sent or refuse it, and never guess. No message repeats the value it refuses."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty
from rest_framework.validators import ProhibitSurrogateCharactersValidator

FIRST_YEAR, LAST_YEAR = 1990, 2100
FIRST_BIRTH_YEAR = 1900
MOST_MARKS = 8  # combining marks on one letter; real writing systems need four

# Letters and format characters that show nothing: a text of these alone is blank.
INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff"
VISIBLE = re.compile(rf"[^\s{INVISIBLE}]")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BROKEN = re.compile("[\x00\ud800-\udfff]")
# Marks are counted before they are brought in order (NFC): that takes the square of how many stand in a row.
COMMON, RARE = (
    "".join(
        mark for mark in map(chr, codes) if unicodedata.category(mark) in {"Mn", "Me"} or unicodedata.combining(mark)
    )
    for codes in (range(0x300, 0xFE30), range(0x10000, 0x20000))
)
FLOOD = re.compile(f"[{COMMON}{RARE}]{{{MOST_MARKS + 1}}}")
# Among the rare ones the expression would look for each by itself: here all their neighbours count, too.
PERHAPS_A_FLOOD = f"[{COMMON}{RARE[0]}-{RARE[-1]}]{{{MOST_MARKS + 1}}}"
# One search over the text; only a hit is looked at more closely. The first for one line, the second for many.
ODD_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|{PERHAPS_A_FLOOD}")
ODD_LINES = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|{PERHAPS_A_FLOOD}")

DECIMAL = re.compile(r"-?\d{1,20}(?:\.\d{1,10})?", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def number(text: str, *, digits: int = 9) -> int | None:
    """The number that at most so many ASCII digits write; None for anything else, such as "²", "٣" or "1_0"."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


class Input(serializers.Serializer):
    """What a door takes. Fields it does not know are refused by name, so nothing is dropped in silence."""

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """Return the validated fields of `data`; raises ValidationError.

        Same result as `is_valid` and `validated_data`, without building every field anew for each request.
        """
        return bound(cls).run_validation(data)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = self.unknown(data)
        try:
            taken = super().to_internal_value(data)
        except ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise ValidationError({**error.detail, **unknown}) from error
            raise
        if unknown:
            raise ValidationError(unknown)
        return taken

    def unknown(self, data: Any) -> dict[str, list[ErrorDetail]]:
        if not isinstance(data, Mapping):
            return {}
        names = [name for name in data if name not in self.fields or self.fields[name].read_only]
        return {str(name)[:60]: [ErrorDetail(str(_("There is no such field.")), code="unknown")] for name in names}


@cache
def bound(cls: type[Input]) -> Input:
    """One instance for all requests of the process: validation keeps nothing on it."""
    serializer = cls()
    serializer.fields  # noqa: B018  built here, before threads share it
    return serializer


class StrictChar(serializers.CharField):
    """Text as people write it: NFC, visible, without control characters.

    lines  False: one line, and a line break or other control character is refused (names, subjects);
           True: line ends become \\n and other control characters are taken out (what a customer wrote)
    Direction overrides, which can make a text read as another, are written out: ⟦U+202E⟧.
    format: what kind of name it is ("unit-code", "phone"), for the documents of the API only.
    """

    default_error_messages = {
        "invalid": _("Send text in quotes."),
        "control": _("Take out line breaks and control characters."),
        "broken": _("Take out the NUL or broken character."),
        "flood": _("Too many marks on one letter."),
    }

    def __init__(self, *, lines: bool = False, format: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lines, self.format = lines, format
        # `clean` refuses both; the validators would walk through the whole text character by character.
        mine = (ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)
        self.validators = [validator for validator in self.validators if not isinstance(validator, mine)]

    def run_validation(self, data: Any = empty) -> Any:
        (is_empty, data) = self.validate_empty_values(data)
        if is_empty:
            return data
        text = self.to_internal_value(data)
        if not text and not self.allow_blank:
            self.fail("blank")
        if text:
            self.run_validators(text)
        return text

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        # as it came, as the schema counts it; a line end of a browser's form is one character to who types it
        if self.max_length is not None and len(data.replace("\r\n", "\n")) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return self.clean(data)

    def clean(self, text: str) -> str:
        if (ODD_LINES if self.lines else ODD_LINE).search(text):
            text = self.straighten(text)
        text = unicodedata.normalize("NFC", text)
        return text.strip() if VISIBLE.search(text) else ""

    def straighten(self, text: str) -> str:
        if BROKEN.search(text):
            self.fail("broken")
        if self.lines:
            text = CONTROLS.sub("", LINE_ENDS.sub("\n", text))
        elif BREAKS.search(text):
            self.fail("control")
        if FLOOD.search(text):  # now that no control stands between the marks
            self.fail("flood")
        return BIDI.sub(lambda hit: f"⟦U+{ord(hit[0]):04X}⟧", text)


class StrictChoice(serializers.ChoiceField):
    """One of the words listed, written exactly so."""

    default_error_messages = {"invalid_choice": _("Choose one of: {known}.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and data in self.choice_strings_to_values:
            return self.choice_strings_to_values[data]
        self.fail("invalid_choice", known=", ".join(self.choice_strings_to_values))


class StrictInteger(serializers.IntegerField):
    """A JSON integer: not "5", not 5.0, not true. Bounds default to what a database integer holds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": -(2**31), "max_value": 2**31 - 1} | kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictBoolean(serializers.BooleanField):
    """true or false, and nothing that merely looks like it."""

    default_error_messages = {"invalid": _("Send true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictDecimal(serializers.DecimalField):
    """A plain decimal number in a string ("1200.50"): a JSON number may lose digits on its way."""

    default_error_messages = {
        "invalid": _('Send a decimal number in quotes, such as "1200.50".'),
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str | Decimal) or not DECIMAL.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(str(data))


class AwareDateTime(serializers.DateTimeField):
    """A moment in ISO 8601 with its offset, given back in UTC.

    not_after  how far ahead of now it may lie; None: any year up to 2100
    """

    default_error_messages = {
        "invalid": _("Send a moment such as 2026-11-23T09:30:00+08:00."),
        "offset": _("The offset is needed: 2026-11-23T09:30:00+08:00."),
        "years": _("The year must lie between {first} and {last}."),
        "future": _("This moment lies in the future. Check the sender's clock."),
    }

    def __init__(self, *, not_after: timedelta | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.not_after = not_after

    def to_internal_value(self, value: Any) -> datetime:
        moment = value if isinstance(value, datetime) else self.parsed(value)
        if moment.utcoffset() is None:
            self.fail("offset")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail("years", first=FIRST_YEAR, last=LAST_YEAR)
        if self.not_after is not None and moment > timezone.now() + self.not_after:
            self.fail("future")
        return moment.astimezone(UTC)

    def parsed(self, value: Any) -> datetime:
        if not isinstance(value, str) or not MOMENT.fullmatch(value):
            self.fail("invalid")
        try:
            return datetime.fromisoformat(value)
        except ValueError:  # 30 February, an offset of a whole day
            self.fail("invalid")


class StrictDate(serializers.DateField):
    """A day, YYYY-MM-DD."""

    default_error_messages = {"invalid": _("Send a day such as 2026-11-23.")}

    def to_internal_value(self, value: Any) -> date:
        if type(value) is date:
            return value
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not FIRST_BIRTH_YEAR <= day.year <= LAST_YEAR:
            self.fail("invalid")
        return day


class StrictObject(serializers.DictField):
    """A JSON object of the sender's own making, kept as it came.

    most_keys  names in it, at all levels together
    most_text  characters of all its names and texts together
    """

    default_error_messages = {
        "not_a_dict": _("Send a JSON object."),
        "keys": _("Send at most {most} names."),
        "text": _("Send at most {most} characters."),
    }

    def __init__(self, *, most_keys: int = 100, most_text: int = 16_384, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most_keys, self.most_text = most_keys, most_text

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type="")
        keys = characters = 0
        ahead: list[Any] = [data]
        while ahead:
            value = ahead.pop()
            if isinstance(value, dict):
                keys += len(value)
                ahead += [*value, *value.values()]
            elif isinstance(value, list):
                keys += len(value)
                ahead += value
            elif isinstance(value, str):
                characters += len(value)
            if keys > self.most_keys:
                self.fail("keys", most=self.most_keys)
        if characters > self.most_text:
            self.fail("text", most=self.most_text)
        return data
