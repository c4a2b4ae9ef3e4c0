"""What was decided: of a case, and of the review of a decision."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext


class Decision(models.Model):
    """A drafted answer of one round. The words (findings, basis, outcome, remedies) are CaseTexts of its event.

    Of a review (核查) it says what becomes of the decision that was reviewed, and whether its process, its time limits
    and its result were in order; of any other case what was found, and how far the demand is met.
    """

    class Status(models.TextChoices):
        DRAFTED = "drafted", _("Awaiting check")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")

    class Conclusion(models.TextChoices):
        UPHELD = "upheld", pgettext("review", "The decision stands")
        CHANGED = "changed", pgettext("review", "The decision is changed")
        SENT_BACK = "sent_back", pgettext("review", "To be decided anew")

    class Examined(models.TextChoices):
        SOUND = "sound", pgettext("review", "In order")
        FLAWED = "flawed", pgettext("review", "Not in order")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="decisions")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="decisions", db_index=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFTED)
    finding = models.CharField(max_length=20, blank=True)
    demand_met = models.CharField(max_length=20, blank=True)
    conclusion = models.CharField(max_length=10, choices=Conclusion, blank=True)
    on_process = models.CharField(max_length=10, choices=Examined, blank=True)
    on_time_limits = models.CharField(max_length=10, choices=Examined, blank=True)
    on_result = models.CharField(max_length=10, choices=Examined, blank=True)
    author = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    drafted_at = models.DateTimeField()
    checker = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    checked_at = models.DateTimeField(null=True)
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=models.F("author")), name="decision_second_person"
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(finding="")
                    & ~Q(demand_met="")
                    & Q(conclusion="", on_process="", on_time_limits="", on_result="")
                )
                | (
                    Q(finding="", demand_met="")
                    & ~Q(conclusion="")
                    & ~Q(on_process="")
                    & ~Q(on_time_limits="")
                    & ~Q(on_result="")
                ),
                name="decision_of_a_case_or_of_a_review",
            ),
            models.UniqueConstraint(fields=["case"], condition=Q(status="drafted"), name="decision_one_draft_a_case"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.status}"
