"""How a deadline was reached, in words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from complaints.countdown import moment, span
from complaints.models import Clock
from sla.models import MoveCause

WHY = {
    "planned": gettext_lazy("{start}: {length} by {rule}, due {due}"),
    "paused": gettext_lazy("{at}: paused"),
    "resumed": gettext_lazy("{at}: resumed, due {due}"),
    "carried_on": gettext_lazy("{at}: goes on as it was, due {due}"),
    "restated": gettext_lazy("{at}: set anew ({cause}), due {due}"),
    "published": gettext_lazy("{at}: the holidays of {year} are published, due {due}"),
    "anyway": gettext_lazy("No deadline rule applied to the case: this one of the house counts instead."),
    "expected": gettext_lazy("{at}: other days off are expected, due {due}"),
    "estimated": gettext_lazy("Estimated: the State Council has not published the holidays of {year} yet."),
}
UNITS = {
    "calendar_days": pgettext_lazy("deadline", "calendar days"),
    "working_days": pgettext_lazy("deadline", "working days"),
    "calendar_hours": pgettext_lazy("deadline", "calendar hours"),
}


def why(clock: Clock) -> list[str]:
    """How the deadline was reached, a sentence a step."""
    return [sentence for step in clock.provenance if (sentence := explained(step))]


def explained(step: Mapping[str, Any]) -> str:
    words = WHY.get(step.get("step", ""))
    if words is None:
        return ""
    return str(words).format(
        start=moment(step.get("started_at")),
        at=moment(step.get("at")),
        due=moment(step.get("due_at")),
        length=length_of(step),
        cause=dict(MoveCause.choices).get(step.get("reason", ""), ""),
        year=step.get("year") or str(step.get("missing_from", ""))[:4],
        rule=step.get("name") or step.get("rule_set") or step.get("policy") or "",
    )


def length_of(step: Mapping[str, Any]) -> str:
    """How long a clock was given, in words."""
    if "until" in step:
        return _("until {day}").format(day=step["until"])
    unit, amount = step.get("unit", ""), step.get("amount", 0)
    if unit == "same_day":
        return pgettext("deadline", "the same working day")
    if unit == "working_minutes":
        return _("{amount} {unit}").format(amount=working_span(amount), unit=_("of working time"))
    return _("{amount} {unit}").format(amount=amount, unit=UNITS.get(unit, ""))


def working_span(minutes: int) -> str:
    return span(timedelta(minutes=minutes)) if minutes >= 1440 else _("{hours:g} h").format(hours=minutes / 60)
