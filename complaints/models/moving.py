"""Why a deadline of the law ends later than it would: each a row of its round, with what proves it."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q


class Extension(models.Model):
    """延期: granted by a second person, and in effect since the customer was told before the old deadline ended.

    rule      key of the rule set whose deadline it moved
    ground    code of the dimension `extension_ground`
    days      by how many whole days, as the rule set counts them
    was, now  the deadline before and after
    told_at   when the customer was told; empty with `method` where the rule set asks for no telling
    evidence  number of the recording, the message or the letter
    by        who told the customer, and who had asked for it
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="extensions")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="extensions", db_index=False)
    approval = models.OneToOneField("complaints.Approval", models.PROTECT, related_name="extension")
    rule = models.CharField(max_length=40)
    ground = models.CharField(max_length=20)
    days = models.PositiveSmallIntegerField()
    was = models.DateTimeField()
    now = models.DateTimeField()
    method = models.CharField(max_length=12, blank=True)
    told_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1, now__gt=F("was")), name="extension_makes_it_later"),
            # the second of the deadline is in time
            models.CheckConstraint(
                condition=Q(at__lt=F("was") + timedelta(seconds=1)), name="extension_before_the_deadline"
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, method="") | (Q(told_at__lte=F("at")) & ~Q(method="")),
                name="extension_told_by_then",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.rule} +{self.days}"
