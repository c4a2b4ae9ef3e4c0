"""The clocks of a case and the rungs they have fired."""

from django.db import models
from django.db.models import Q

from sla.models import ClockBase, FiringBase


class Clock(ClockBase):
    """One deadline of one round of a case. Statutory and internal clocks run side by side."""

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="clocks", db_index=False)
    round = models.PositiveSmallIntegerField(default=1)

    class Meta(ClockBase.Meta):
        abstract = False
        constraints = [
            *ClockBase.Meta.constraints,
            models.UniqueConstraint(fields=["case", "round", "kind"], name="clock_once_a_round"),
        ]
        indexes = [
            # the sweep: what is due, and nothing else
            models.Index(
                fields=["next_fire_at", "id"], name="clock_next_fire", condition=Q(next_fire_at__isnull=False)
            ),
            # what breaches next, and on-time figures by due date
            models.Index(fields=["kind", "due_at"], name="clock_kind_due"),
            # what counts down at present, whatever its kind: the past of the cases costs nothing
            models.Index(
                fields=["due_at", "id"], name="clock_running_due", condition=Q(stopped_at=None, paused_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.due_at:%Y-%m-%d %H:%M}"


class Firing(FiringBase):
    """One rung of one clock that was reached, and the person who was told."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="firings", db_index=False)
    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="firings")

    class Meta(FiringBase.Meta):
        abstract = False
        constraints = [
            *FiringBase.Meta.constraints,
            models.UniqueConstraint(fields=["clock", "position"], name="firing_once_a_rung"),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} rung {self.position}"
