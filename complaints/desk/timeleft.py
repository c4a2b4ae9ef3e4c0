"""A deadline in words, colour and sign."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import pgettext

from complaints.countdown import LATE, LEFT, span
from complaints.models import PAUSED, Case, Clock
from sla import services as sla
from sla.models import ClockState

RISK = timedelta(hours=4)
GLYPHS = {"ok": "●", "risk": "▲", "late": "■", "paused": "❚❚", "done": "✓", "missed": "✕"}


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
