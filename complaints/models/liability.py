"""责任认定: whether we were at fault, which units answer for it, and what follows for them. Customers never see it."""

from django.db import models
from django.db.models import F, Q

LIABLE = "LIABLE"  # of the dimension `liability`


class Liability(models.Model):
    """A ruling on a round that the customer was told. It changes nothing of the decision.

    result    code of the dimension `liability`
    measure   code of the dimension `accountability`: what follows for the unit; empty: nothing
    by        nobody who had a part in the case, nor of the unit it is about
    appeal_until  the last day on which the unit may object
    appealed_at   it has: another person rules again, and this ruling stands no more
    The reasons are texts of its event; its units are LiabilityShare rows.
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="liabilities")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="liabilities", db_index=False)
    result = models.CharField(max_length=20)
    measure = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()
    appeal_until = models.DateField()
    appealed_at = models.DateTimeField(null=True)
    appealed_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(appealed_at=None), name="liability_one_stands_a_round"
            ),
            models.CheckConstraint(
                condition=Q(appealed_at=None, appealed_by=None)
                | (Q(appealed_at__isnull=False, appealed_by__isnull=False) & ~Q(appealed_by=F("by"))),
                name="liability_appealed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.result}"


class LiabilityShare(models.Model):
    """What a unit answers for. percent: of 100 in all, whole"""

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="liability_shares")
    liability = models.ForeignKey(Liability, models.CASCADE, related_name="shares", db_index=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    percent = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["liability", "unit"], name="liability_share_once_a_unit"),
            models.CheckConstraint(condition=Q(percent__range=(1, 100)), name="liability_share_of_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.percent}"
