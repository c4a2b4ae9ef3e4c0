"""A deadline in words, colour and sign. static/sqm/sqm.js goes on counting with the same words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from complaints.models import PAUSED, Case, Clock
from sla import services as sla
from sla.models import ClockState

RISK = timedelta(hours=4)
GLYPHS = {"ok": "●", "risk": "▲", "late": "■", "paused": "❚❚", "done": "✓", "missed": "✕"}
# The words of the countdown, with the places of their numbers; the page hands them to the script.
SPANS = {
    "days": gettext_lazy("{days} d {hours} h"),
    "hours": gettext_lazy("{hours} h {minutes} min"),
    "minutes": gettext_lazy("{minutes} min"),
}
LEFT, LATE = gettext_lazy("{span} left"), gettext_lazy("{span} overdue")


@dataclass(frozen=True)
class TimeLeft:
    """tone: a key of GLYPHS. `due_at` is None where nothing counts down."""

    tone: str
    text: str
    due_at: datetime | None = None

    @property
    def glyph(self) -> str:
        return GLYPHS[self.tone]

    @property
    def colour(self) -> str:
        return "late" if self.tone == "missed" else self.tone


def of_case(case: Case, at: datetime) -> TimeLeft:
    """Until the next deadline of the case."""
    if case.next_due_at is None:
        return TimeLeft("done", pgettext("deadline", "None running"))
    if case.state in PAUSED:
        left = counting(case.next_due_at, at)
        return TimeLeft(left.tone if left.tone != "ok" else "paused", left.text, case.next_due_at)
    return counting(case.next_due_at, at)


def of_clock(clock: Clock, at: datetime) -> TimeLeft:
    match sla.state_of(clock, at):
        case ClockState.MET:
            return TimeLeft("done", pgettext("clock", "Met"))
        case ClockState.MISSED:
            return TimeLeft("missed", pgettext("clock", "Missed"))
        case ClockState.PAUSED:
            return TimeLeft("paused", pgettext("clock", "Paused"))
        case ClockState.AT_RISK:
            return TimeLeft("risk", counting(clock.due_at, at).text, clock.due_at)
        case _:
            return counting(clock.due_at, at)


def counting(due_at: datetime, at: datetime) -> TimeLeft:
    left = due_at - at
    tone = "late" if left < timedelta() else "risk" if left < RISK else "ok"
    words = LATE if tone == "late" else LEFT
    return TimeLeft(tone, str(words).format(span=span(abs(left))), due_at)


def span(length: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = int(length.total_seconds() // 60)
    numbers = {"days": minutes // 1440, "hours": minutes % 1440 // 60, "minutes": minutes % 60}
    largest = next((unit for unit in ("days", "hours") if numbers[unit]), "minutes")
    return str(SPANS[largest]).format(**numbers)


def script_words() -> dict[str, Any]:
    """What sqm.js needs to say, by data attribute."""
    return {
        **SPANS,
        "left": LEFT,
        "late": LATE,
        "cases": reverse("desk:cases"),
        "home": _("Home"),
        "search": _("Search"),
        "skip": _("Skip to the content"),
        "failed": _("This did not work (error {status}). Your text is still here; try again."),
        "offline": _("The server cannot be reached. Your text is still here; try again."),
        "signed-out": _("You are signed out. Your text is kept: sign in again in another tab, then send."),
    }
