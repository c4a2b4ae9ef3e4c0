"""What one round of one case, or one offer of it, adds to the figures."""

from django.db import models
from django.db.models import Q


class CaseFact(models.Model):
    """One round of a case, or one offer of it, as the figures count it: derived from the case and its log, so it can
    always be made anew.

    The days are those of the institution's zone, and empty where the round does not count:
    received_on  only of the first round
    due_on       not where the round ended without an answer before its deadline (withdrawn, declined in time)
    closed_on    only where it was filed
    satisfaction is what the customer says, to us or to a colleague who had no part in the work; what the owner enters
    counts apart. on_time goes by when the customer was told; until a late entry is agreed to, by when it was entered.
    extended: a deadline of the law was.
    due_at is the earliest deadline of the law, else the internal one for the resolution. What describes a case (unit,
    channel, owner ...) stands in all its rounds as it is now.

    offer  0 of a round; else the number of the offer, whose row has the unit and the person it was made to, when it had
           to be signed for (due_at, sign_off_on), and nothing else that counts
    sign_off_on is empty where the unit had the case already, and where nobody is to blame; see quality.offering.
    """

    # Without constraints in the database: a derived row must never make a verb wait for its case.
    case = models.ForeignKey(
        "complaints.Case", models.CASCADE, related_name="facts", db_index=False, db_constraint=False
    )
    round = models.PositiveSmallIntegerField()
    offer = models.PositiveSmallIntegerField(default=0)
    legal_entity = models.ForeignKey(
        "organization.LegalEntity", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    channel = models.CharField(max_length=20)
    business_line = models.ForeignKey(
        "organization.BusinessLine", models.PROTECT, related_name="+", null=True, db_index=False, db_constraint=False
    )
    owner = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, db_index=False, db_constraint=False
    )
    nature = models.CharField(max_length=20)
    origin = models.CharField(max_length=10)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    satisfaction = models.CharField(max_length=14, blank=True)
    entered_by_owner = models.BooleanField(default=False)
    entered_late = models.BooleanField(default=False)
    extended = models.BooleanField(default=False)
    waived = models.BooleanField(default=False)
    settled = models.BooleanField(default=False)
    spot_checked = models.BooleanField(default=False)
    spot_differs = models.BooleanField(default=False)
    accepted = models.BooleanField(null=True)
    received_on = models.DateField(null=True)
    notified_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    sign_off_on = models.DateField(null=True)
    on_time = models.BooleanField(null=True)
    resolved = models.BooleanField(null=True)
    signed_in_time = models.BooleanField(null=True)
    refused = models.BooleanField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "round", "offer"], name="fact_once_a_round")]
        # the rounds behind a number: some units, some days
        indexes = [
            models.Index(
                fields=["unit", day], name=f"fact_{day.removesuffix('_on')}", condition=Q(**{f"{day}__isnull": False})
            )
            for day in ("received_on", "notified_on", "due_on", "closed_on", "sign_off_on")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} round {self.round}" + (f" offer {self.offer}" if self.offer else "")
