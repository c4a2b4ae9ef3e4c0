"""协办: one task in a line, on the page of its case and in the list of what a unit is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import pgettext

from complaints.desk.timeleft import TimeLeft, counting
from complaints.dossier import Dossier
from complaints.models import Clock, Task
from sla import services as sla
from sla.models import ClockKind

TONES = {
    "": "warn", Task.End.ANSWERED: "good", Task.End.NOT_OURS: "warn", Task.End.AGREED: "good", Task.End.OBJECTED: "bad",
}  # fmt: skip
Clocks = Mapping[tuple[int, str], Clock]


@dataclass(frozen=True)
class TaskLine:
    """One task with the clock that counts for it."""

    task: Task
    clock: Clock | None
    at: datetime

    @property
    def status(self) -> Any:
        if self.task.returned_at is not None:
            return pgettext("task", "Returned")
        if self.task.ended_as:
            return Task.End(self.task.ended_as).label
        return pgettext("task", "Signed for") if self.task.accepted_at else pgettext("task", "To sign for")

    @property
    def tone(self) -> str:
        return "warn" if self.task.returned_at else TONES.get(self.task.ended_as, "")

    @property
    def due_at(self) -> datetime:
        """As it counts; as it was asked for where nothing counts."""
        return self.clock.due_at if self.clock else self.task.due_at

    @property
    def left(self) -> TimeLeft | None:
        if not self.task.is_open:
            return None
        return counting(self.due_at, sla.at_risk_from(self.clock) if self.clock else None, self.at)

    @property
    def is_late(self) -> bool:
        """Whether it was answered, or ended, after its deadline; or is late by now."""
        return (self.task.ended_at or self.at) > self.due_at

    @property
    def lay(self) -> timedelta:
        """滞留: the working time from the asking until somebody signed for it, or it ended, or now."""
        until = self.task.accepted_at or self.task.ended_at or self.at
        return sla.working_time(self.task.at, until, entity=self.task.legal_entity_id)

    @property
    def took(self) -> timedelta:
        """The working time from the asking to its end, or now."""
        return sla.working_time(self.task.at, self.task.ended_at or self.at, entity=self.task.legal_entity_id)


def task_lines(dossier: Dossier, at: datetime) -> list[TaskLine]:
    """Those of a case, oldest first. One query where there are any."""
    return lines_of(dossier.tasks, at)


def lines_of(tasks: Iterable[Task], at: datetime) -> list[TaskLine]:
    rows = list(tasks)
    clocks = clocks_of(rows) if rows else {}
    return [TaskLine(task, clocks.get((task.case_id, task.subject)), at) for task in rows]


def clocks_of(tasks: list[Task]) -> Clocks:
    found = Clock.objects.filter(case__in={task.case_id for task in tasks}, kind=ClockKind.TASK)
    return {(clock.case_id, clock.subject): clock for clock in found.defer("provenance")}
