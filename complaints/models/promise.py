"""承诺: what a customer was told would be done by a day, and what became of it."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy as pgettext

CALL_BACK = "CALL_BACK"  # of the dimension `promise_kind`: it is kept by the call itself


class Promise(models.Model):
    """One promise. It is never changed, nor put off: a later day is another promise, and this one is broken.

    kind      code of the dimension `promise_kind`
    due_at    the end of the day that was named; its clock `promise` is about `event:SEQUENCE`
    kept_at   when it was kept; `credited_at` the moment that counts: of an outcome entered late that of its entry,
              until a second person agrees
    broken_at somebody said that it is not kept any more; nobody said anything: it is broken once its day is over
    evidence  number of the recording, the parcel or the voucher, as the event `outcome_sequence` has it
    """

    class Status(models.TextChoices):
        OPEN = "open", pgettext("promise", "Open")
        KEPT = "kept", pgettext("promise", "Kept")
        LATE = "late", pgettext("promise", "Kept late")
        BROKEN = "broken", pgettext("promise", "Broken")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="promises")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="promises", db_index=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()
    kept_at = models.DateTimeField(null=True)
    credited_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    outcome_sequence = models.PositiveIntegerField(null=True)
    evidence = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_at=None, credited_at=None, broken_at=None, recorded_by=None, outcome_sequence=None)
                | Q(recorded_by__isnull=False, outcome_sequence__isnull=False)
                & (
                    Q(kept_at__isnull=False, credited_at__isnull=False, broken_at=None)
                    | Q(kept_at=None, credited_at=None, broken_at__isnull=False)
                ),
                name="promise_one_outcome",
            ),
            models.CheckConstraint(
                condition=Q(kept_at=None) | Q(kept_at__gte=models.F("at")), name="promise_kept_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.due_at:%Y-%m-%d}"

    @property
    def subject(self) -> str:
        """What its clock is about."""
        return f"event:{self.event_sequence}"

    @property
    def lacks_outcome(self) -> bool:
        return self.kept_at is None and self.broken_at is None

    def status_at(self, at: datetime) -> str:
        """What had become of it by a moment: without a word of anybody it is broken once its day is over."""
        if self.credited_at is not None:
            return self.Status.KEPT if self.credited_at <= self.due_at else self.Status.LATE
        if self.broken_at is not None or at > self.due_at:
            return self.Status.BROKEN
        return self.Status.OPEN
