"""群体性投诉: the sign that several complainants mean one event."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy as pgettext


class GroupSign(models.Model):
    """So many complain of one product or unit and one event within days: somebody confirms it, or says why it is none.

    case         the one that made the number full; the row hangs on it
    complainants how many there were then
    decided_by   who gathered the cases, or dismissed the sign
    """

    class Status(models.TextChoices):
        FOUND = "found", pgettext("group", "To be looked at")
        CONFIRMED = "confirmed", pgettext("group", "Confirmed")
        DISMISSED = "dismissed", pgettext("group", "No group")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="group_signs", db_index=False)
    complainants = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.FOUND)
    decided_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    decided_at = models.DateTimeField(null=True)
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "event_sequence"], name="group_sign_once_an_event"),
            models.CheckConstraint(
                condition=Q(status="found", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="found") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="group_sign_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["case"], name="group_sign_open", condition=Q(status="found"))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.complainants} {self.status}"
