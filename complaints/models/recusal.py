"""What waits until whom a case concerns, and who answers for it, is reckoned anew (回避, 归岗)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class RoleChange(models.Model):
    """Roles of a person, or posts of a unit, are others from `due_at` on. Triggers write it (0002_guards).

    A role that ends by date leaves a second row, due as the next day begins: nobody has to look for it.
    """

    user_id = models.BigIntegerField(null=True)  # no foreign keys: it outlives nobody, and is gone in seconds
    unit_id = models.BigIntegerField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], name="role_change_due")]

    def __str__(self) -> str:
        return f"user {self.user_id} unit {self.unit_id}"


class Recheck(models.Model):
    """A case whose people are looked at again at `due_at`. One that stays in an alarm is looked at until it is over.

    alarms  what nobody may do about it, since `since`: OWN, CHECK
    """

    OWN, CHECK = "own", "check"

    case_id = models.BigIntegerField(unique=True)  # no foreign key: a sweep leaves it behind the row lock of the case
    alarms = ArrayField(models.CharField(max_length=8), default=list)
    since = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], name="recheck_due")]

    def __str__(self) -> str:
        return f"{self.case_id} {','.join(self.alarms)}"
