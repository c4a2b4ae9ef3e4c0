"""The clocks of a case as its page shows them: which, and how much time is left."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import pgettext

from complaints.desk.timeleft import TimeLeft, of_clock
from complaints.desk.whydue import why
from complaints.dossier import Dossier
from complaints.models import Clock, Task
from complaints.services.clocks import RUNNING_ON
from sla.models import ClockKind


@dataclass(frozen=True)
class ShownClock:
    clock: Clock
    left: TimeLeft
    name: str
    why: list[str] = field(default_factory=list)


def called(task: Task) -> str:
    """How its clock is called; empty: as its kind."""
    if task.is_order:
        return pgettext("clock", "Supervision order")
    return "" if task.is_help else pgettext("task", "countersigning")


def clocks_of(dossier: Dossier, at: datetime) -> list[ShownClock]:
    """The clocks of this round, and what still runs of earlier ones: the statutory one first, then by deadline."""
    ours = [clock for clock in dossier.clocks if clock.round_id == dossier.round.pk or clock.kind in RUNNING_ON]
    clocks = sorted(ours, key=lambda clock: (clock.basis != "statutory", clock.due_at))
    kinds = {task.subject: called(task) for task in dossier.tasks}
    return [
        ShownClock(
            clock,
            of_clock(clock, dossier.case, at),
            kinds.get(clock.subject) or ClockKind.label_of(clock.kind),
            why(clock),
        )
        for clock in clocks
    ]


def pressing(clocks: list[ShownClock]) -> list[ShownClock]:
    """The next deadline of each basis that still runs: one of the law, one of our own."""
    running = {shown.clock.basis: shown for shown in reversed(clocks) if shown.clock.stopped_at is None}
    return sorted(running.values(), key=lambda shown: shown.clock.basis, reverse=True)
