"""抽查: a sample of what was settled at once or told by word of mouth, checked by colleagues of another team."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy as pgettext


class SpotCheck(models.Model):
    """One round that was drawn, and what a colleague found.

    settler   who told the customer: neither they nor their team check it
    drawn_by  `system` for the draw of the morning, else whoever asked for it
    """

    class Result(models.TextChoices):
        CONFIRMED = "confirmed", pgettext("spot check", "As recorded")
        DIFFERS = "differs", pgettext("spot check", "Otherwise than recorded")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="spot_checks")
    round = models.OneToOneField("complaints.Round", models.CASCADE, related_name="spot_check")
    settler = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    drawn_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    drawn_at = models.DateTimeField()
    result = models.CharField(max_length=10, choices=Result, blank=True)
    checked_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result="", checked_by__isnull=True, checked_at__isnull=True)
                | (~Q(result="") & Q(checked_by__isnull=False, checked_at__isnull=False)),
                name="spot_checked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("settler")), name="spot_second_person"
            ),
        ]
        indexes = [
            models.Index(fields=["case"], name="spot_open", condition=Q(result="")),
            models.Index(fields=["-checked_at", "-id"], name="spot_checked", condition=~Q(result="")),  # the list
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.result or 'drawn'}"
