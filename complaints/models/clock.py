"""The clocks of a case, the moves of their deadlines, and the rungs they have fired."""

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from sla.models import ClockBase, ClockKind, DeadlineMoveBase, FiringBase, MoveCause, RungKind

# What a case that is over may still owe, whatever became of it: a body outside awaits its answer, the customer what was
# promised.
OUTLASTING = ("regulator_answer", "payment", "promise")
# And what runs on beside the work on the case: no step of its owner pauses or ends it, and no open case has it for a
# deadline. A task is the deadline of whoever was asked.
RUNNING_ON = (*OUTLASTING, "task")
# What counts down at present and is a deadline of its case: a task is one of whoever was asked.
COUNTING = Q(stopped_at=None, paused_at=None) & ~Q(kind=ClockKind.TASK)


class ClockQuerySet(models.QuerySet["Clock"]):
    def counting(self) -> "ClockQuerySet":
        """Those that count down at present and are deadlines of their cases."""
        return self.filter(COUNTING)

    def of_cases(self, cases: Collection[int]) -> "ClockQuerySet":
        """Of these cases, by their ids."""
        return self.counting().filter(case__in=cases)


class Clock(ClockBase):
    """One deadline of one round of a case. Clocks of the law, of the house and of others run side by side."""

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="clocks", db_index=False)
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="clocks", db_index=False)

    objects = ClockQuerySet.as_manager()

    class Meta(ClockBase.Meta):
        abstract = False
        constraints = [
            *ClockBase.Meta.constraints,
            models.UniqueConstraint(fields=["round", "kind", "basis", "subject"], name="clock_once_a_round"),
        ]
        indexes = [
            # the sweep: what is due, and nothing else
            models.Index(fields=["case"], name="clock_of_case"),
            models.Index(
                fields=["next_fire_at", "id"], name="clock_next_fire", condition=Q(next_fire_at__isnull=False)
            ),
            # what ends by itself
            models.Index(
                fields=["kind", "due_at"],
                name="clock_ends_by_itself",
                condition=Q(kind__in=["wait", "filing"], stopped_at__isnull=True),
            ),
            # what counts down at present, of a kind and whatever its kind: the past of the cases costs nothing, nor do
            # the rows
            models.Index(
                fields=["kind", "due_at"],
                include=["case"],
                name="clock_running_kind",
                condition=COUNTING,
            ),
            models.Index(
                fields=["due_at", "id"],
                include=["case", "basis"],
                name="clock_running_due",
                condition=COUNTING,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.due_at:%Y-%m-%d %H:%M}"


class DeadlineMove(DeadlineMoveBase):
    """One move of the deadline of one clock. The database refuses UPDATE, DELETE and TRUNCATE."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="moves")
    approval = models.ForeignKey("complaints.Approval", models.PROTECT, related_name="+", null=True, db_index=False)

    class Meta(DeadlineMoveBase.Meta):
        abstract = False
        constraints = [
            *DeadlineMoveBase.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(cause__in=[MoveCause.EXTENSION, MoveCause.EXCLUSION]) | Q(approval__isnull=False),
                name="deadlinemove_granted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.cause} {self.now:%Y-%m-%d %H:%M}"


class Firing(FiringBase):
    """One rung of one clock that was reached, and the person who was told."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="firings", db_index=False)
    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="firings")

    class Meta(FiringBase.Meta):
        abstract = False
        constraints = [
            *FiringBase.Meta.constraints,
            models.UniqueConstraint(fields=["clock", "position", "climb"], name="firing_once_a_rung"),
        ]
        indexes = [
            # what climbs, when nobody answers
            models.Index(fields=["answer_by", "id"], name="firing_answer_by", condition=Q(answer_by__isnull=False)),
            # what waits for somebody's plan: all but reminders
            models.Index(
                fields=["recipient", "case"],
                name="firing_awaits",
                condition=Q(acknowledged_at=None) & ~Q(kind=RungKind.REMINDER),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} rung {self.position}"
