"""Why a deadline of the law ends later than it would: each a row of its round, with what proves it."""

from datetime import date, timedelta

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


class Exclusion(models.Model):
    """鉴定/调解期间: whole days that do not count, granted by a second person. Where several overlap, each day is left
    out once.

    ground    code of the dimension `clock_exclusion`
    since     the day on which the appraisal was commissioned, or both sides had applied for mediation
    until     the day on which it is to end, by its evidence; the first that counts again
    ended_on  when it had ended before that; None: it lasts, or lasted, as planned
    method    how the customer was told of an appraisal (Art. 18 para 2); of a mediation nobody need be told (Art. 23)
    evidence  number of the commission, or of the application of both sides
    event_sequence  that of the event by which the case was suspended
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="exclusions")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="exclusions", db_index=False)
    approval = models.OneToOneField("complaints.Approval", models.PROTECT, related_name="exclusion")
    ground = models.CharField(max_length=20)
    since = models.DateField()
    until = models.DateField()
    ended_on = models.DateField(null=True)
    method = models.CharField(max_length=12, blank=True)
    evidence = models.CharField(max_length=120, blank=True)
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")) & (Q(ended_on=None) | Q(ended_on__range=(F("since"), F("until")))),
                name="exclusion_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ground} {self.since}"

    @property
    def end(self) -> date:
        """The first day that counts again."""
        return self.ended_on or self.until


class Agreement(models.Model):
    """协商约定 (Art. 21): what both sides agreed on, and what shows it. Never changed: another one comes beside it.

    until   the agreed last day of the decision, with a clock of basis `agreed` about `event:SEQUENCE`; None: no limit
    method  the agreed way of telling, in which the decision is told; empty: none
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="agreements")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="agreements", db_index=False)
    until = models.DateField(null=True)
    method = models.CharField(max_length=12, blank=True)
    evidence = models.CharField(max_length=120)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__isnull=False) | ~Q(method=""), name="agreement_on_something"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.until or self.method}"
