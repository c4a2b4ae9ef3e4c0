"""Inputs that speak words: an offset from a deadline, opening hours, codes of a list."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_duration
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from organization.models import BusinessLine
from sqm_site.adminui import ListOfCodes, NumberInput, Select, TextInput, Together

BEFORE, AT, AFTER = "before", "at", "after"
SIDES = [
    (BEFORE, pgettext_lazy("offset", "before")),
    (AT, pgettext_lazy("offset", "at the deadline")),
    (AFTER, pgettext_lazy("offset", "after")),
]
UNITS = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}
UNIT_WORDS = {
    "days": pgettext_lazy("offset", "days"),
    "hours": pgettext_lazy("offset", "hours"),
    "minutes": pgettext_lazy("offset", "minutes"),
}
MOST = timedelta(days=365)
ROWS = 4  # spans of opening hours in a day
SHUT = ["", ""]


def parts_of(offset: timedelta | None) -> list[Any]:
    """side, number, unit: the largest unit that writes it in whole numbers."""
    if offset is None:
        return ["", None, ""]
    if not offset:
        return [AT, None, ""]
    size = abs(offset)
    unit = next((name for name, length in UNITS.items() if not size % length), "minutes")
    return [BEFORE if offset < timedelta(0) else AFTER, size // UNITS[unit], unit]


def offset_words(written: Any) -> str:
    """An offset as it is on record ("-1 00:00:00"), in words."""
    offset = written if isinstance(written, timedelta) else parse_duration(str(written))
    side, amount, unit = parts_of(offset)
    if side == AT:
        return _("at the deadline")
    said = _("{amount} {unit} before the deadline") if side == BEFORE else _("{amount} {unit} after the deadline")
    return said.format(amount=amount, unit=UNIT_WORDS.get(unit, ""))


class OffsetWidget(Together):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        sides, units = [("", "---"), *SIDES], [("", "---"), *UNIT_WORDS.items()]
        side, amount, unit = (
            {"aria-label": name}
            for name in (
                gettext_lazy("before or after"),
                pgettext_lazy("offset", "how many"),
                pgettext_lazy("offset", "days, hours or minutes"),
            )
        )
        super().__init__([Select(side, sides), NumberInput({"min": 1, **amount}), Select(unit, units)], attrs)

    def decompress(self, value: timedelta | None) -> list[Any]:
        return parts_of(value)


class OffsetField(forms.MultiValueField):
    """before or after, how many, of what: a number without a unit is refused and not guessed."""

    def __init__(self, **kwargs: Any) -> None:
        fields = (
            forms.ChoiceField(choices=SIDES, required=False),
            forms.IntegerField(min_value=0, required=False),
            forms.ChoiceField(choices=[*UNIT_WORDS.items()], required=False),
        )
        super().__init__(fields, require_all_fields=False, widget=OffsetWidget(), **kwargs)

    def compress(self, data_list: list[Any]) -> timedelta | None:
        side, amount, unit = data_list or ["", None, ""]
        if side == AT and not amount:
            return timedelta(0)
        if side not in {BEFORE, AFTER}:
            raise ValidationError(_("Say whether it is before, at or after the deadline."))
        if not amount:
            raise ValidationError(_("Say how many; for the deadline itself choose “at the deadline”."))
        if not unit:
            raise ValidationError(_("Choose days, hours or minutes: a number alone says nothing."))
        if amount > MOST // UNITS[unit]:
            raise ValidationError(_("At most a year before or after the deadline."))
        offset: timedelta = amount * UNITS[unit]
        return -offset if side == BEFORE else offset


class HoursWidget(Together):
    rows = 2

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        names = (gettext_lazy("opens"), gettext_lazy("closes"))
        inputs = [
            TextInput({"placeholder": "--:--", "inputmode": "numeric", "maxlength": 5, "aria-label": name})
            for _row in range(ROWS)
            for name in names
        ]
        super().__init__(inputs, attrs)

    def decompress(self, value: Any) -> list[str]:
        """The spans of a row; what was typed comes as it is and stays so."""
        if isinstance(value, list) and any(isinstance(one, str) or one is None for one in value):
            return value
        times = [str(edge) for span in (value or [])[:ROWS] for edge in span]
        return [*times, *[""] * (2 * ROWS - len(times))]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, self.decompress(value), attrs)


class HoursField(forms.MultiValueField):
    """Opening hours of a day, a row a span; None where no row is filled in."""

    def __init__(self, **kwargs: Any) -> None:
        fields = tuple(forms.CharField(max_length=5, required=False) for _input in range(2 * ROWS))
        super().__init__(fields, require_all_fields=False, widget=HoursWidget(), **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.widget.decompress(initial), data)

    def compress(self, data_list: list[str]) -> list[list[str]] | None:
        edges = [clock(edge) for edge in data_list]
        spans = [list(span) for span in zip(edges[::2], edges[1::2], strict=True)]
        if any(bool(opens) != bool(closes) for opens, closes in spans):
            raise ValidationError(_("Give both times of a row: from when and until when."))
        return in_order(span for span in spans if span != SHUT) or None


def in_order(spans: Iterable[list[str]]) -> list[list[str]]:
    """Spans of a day, whatever the order of the rows. Raises ValidationError where two overlap, or touch."""
    found = sorted(spans)
    for opens, closes in found:
        if closes <= opens:
            raise ValidationError(
                _("{opens} to {closes}: give a later time second.").format(opens=opens, closes=closes)
            )
    for (first, ends), (begins, last) in pairwise(found):
        if begins < ends:
            said = _("{first} to {ends} and {begins} to {last} overlap: let one end before the other begins.")
            raise ValidationError(said.format(first=first, ends=ends, begins=begins, last=last))
        if begins == ends:
            said = _("{first} to {ends} goes on until {last}: write it as one row.")
            raise ValidationError(said.format(first=first, ends=ends, last=last))
    return found


def clock(written: str) -> str:
    """A time of day as it is stored: "9:00", "0900" and "9：00" are 09:00. Raises ValidationError."""
    if not written:
        return ""
    plain = written.replace("：", ":").strip()
    if ":" not in plain and len(plain) in {3, 4}:
        plain = f"{plain[:-2]}:{plain[-2:]}"
    hour, colon, minute = plain.partition(":")
    if not (colon and digits(hour) and digits(minute) and int(minute) < 60 and int(hour) * 60 + int(minute) <= 24 * 60):
        raise ValidationError(_("{time} is no time of day. Write it as 09:00.").format(time=written))
    return f"{int(hour):02}:{int(minute):02}"


def digits(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2


def hours_words(value: Any) -> str:
    return "、".join(f"{opens}-{closes}" for opens, closes in value)


# field of a selection -> the list of codes above this room; None: business lines, which are rows below it
LISTS = {
    "complainant_types": "complainant_type",
    "categories": "business_category_B",
    "business_lines": None,
    "decline_grounds": "decline_reason",
}


def choices_of(name: str) -> list[tuple[str, str]]:
    """The codes that may be chosen today for a field of a selection, with their words."""
    if (dimension := LISTS[name]) is None:
        return [(line.code, str(line)) for line in BusinessLine.objects.order_by("pk")]
    return [(code, str(row)) for code, row in import_string(settings.ABOVE["codes"])(dimension).items()]


class CodesField(forms.MultipleChoiceField):
    """Several codes of a list; what stands in the row already stays possible."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        self.name = name
        super().__init__(choices=lambda: choices_of(name), widget=ListOfCodes(), required=False, **kwargs)

    def stand(self, values: Iterable[str]) -> None:
        listed = choices_of(self.name)
        known = {code for code, _words in listed}
        self.choices = [*listed, *((value, value) for value in values if value not in known)]


def codes_words(name: str, values: Iterable[str]) -> str:
    words = dict(choices_of(name))
    return "、".join(words.get(value, value) for value in values)
