"""A deadline in words, colour and sign. At risk begins with the first reminder, for lists, pages and notices alike."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from complaints.countdown import LATE, LEFT, moment, span
from complaints.models import PAUSED, Case, Clock
from complaints.services.merging import state_of
from sla import services as sla
from sla.models import ClockState

GLYPHS = {"ok": "●", "risk": "▲", "late": "■", "paused": "❚❚", "done": "✓", "missed": "✕"}
DRAWN = '<span class="cf-sla cf-sla-{}"{}><span aria-hidden="true">{}</span>{}<span>{}</span></span>'


@dataclass(frozen=True)
class TimeLeft:
    """tone: a key of GLYPHS. `due_at` is None where nothing counts down; `risk_at` where nobody is reminded before."""

    tone: str
    text: str
    due_at: datetime | None = None
    risk_at: datetime | None = None

    @property
    def glyph(self) -> str:
        return GLYPHS[self.tone]

    @property
    def colour(self) -> str:
        return "late" if self.tone == "missed" else self.tone

    def drawn(self, named: Any = "") -> SafeString:
        """For a page, whose script goes on counting (static/sqm/countdown.js). Lists draw fifty of them: no template.

        named  of what it is the deadline
        """
        name = format_html("<span>{}</span>", named) if named else ""
        return format_html(DRAWN, self.colour, self.moments(), self.glyph, name, self.text)

    def moments(self) -> SafeString:
        """What a reader sees who points at it, and what the script needs where time runs: nothing there to escape."""
        if self.due_at is None:
            return SafeString("")
        found = f' title="{moment(self.due_at)}"'
        if self.tone != "paused":
            found += f' data-due="{iso(self.due_at)}"'
            if self.risk_at:
                found += f' data-risk="{iso(self.risk_at)}"'
        return SafeString(found)


def iso(at: datetime) -> str:
    return timezone.localtime(at).isoformat()


def of_cases(cases: Collection[Case], at: datetime) -> list[TimeLeft]:
    """Until the next deadline of each case, by one statement for all of them."""
    running = Clock.objects.of_cases([case.pk for case in cases])
    first = running.order_by("case", "due_at").distinct("case")
    columns = ("case_id", "due_at", "ladder_id", "rule_set_id", "target_id")
    risks = {clock.case_id: sla.at_risk_from(clock) for clock in first.only(*columns)}
    return [of_case(case, risks.get(case.pk), at) for case in cases]


def of_case(case: Case, risk_at: datetime | None, at: datetime) -> TimeLeft:
    if case.next_due_at is None:
        return TimeLeft("done", pgettext("deadline", "None running"))
    left = counting(case.next_due_at, risk_at, at)
    if case.state in PAUSED and left.tone == "ok":
        return replace(left, tone="paused")
    return left


def of_clock(clock: Clock, case: Case, at: datetime) -> TimeLeft:
    """case: that of the clock"""
    match state_of(clock, case, at):
        case ClockState.MET:
            return TimeLeft("done", pgettext("clock", "Met"))
        case ClockState.MISSED:
            return TimeLeft("missed", pgettext("clock", "Missed"))
        case ClockState.PAUSED:
            return TimeLeft("paused", pgettext("clock", "Paused"))
        case ClockState.RESTING:
            return TimeLeft("paused", pgettext("clock", "Rests"))
        case _:
            return running_out(clock, at)


def running_out(clock: Clock, at: datetime) -> TimeLeft:
    return counting(clock.due_at, sla.at_risk_from(clock), at)


def counting(due_at: datetime, risk_at: datetime | None, at: datetime) -> TimeLeft:
    left = due_at - at
    tone = "late" if left < timedelta() else "risk" if risk_at and risk_at <= at else "ok"
    words = LATE if tone == "late" else LEFT
    return TimeLeft(tone, str(words).format(span=span(abs(left))), due_at, risk_at)
