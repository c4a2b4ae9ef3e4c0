"""疑似不法代理维权线索: that somebody may make a trade of other people's complaints."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy as pgettext


class BrokerClue(models.Model):
    """What somebody saw on a case that points to a trade with complaints, and what a second person thinks of it.

    It hangs on no case in the sense of the log: no verb, gate, deadline, survey or decision reads it, and no event
    tells of it, so that a complaint with a clue goes the same way as one without.

    basis       what was seen, redacted; grounds: why it was confirmed or dropped
    expires_on  the last day on which it stands; suspected or confirmed, it lapses by itself
    """

    class Indicator(models.TextChoices):
        SAME_NUMBER = "same_number", pgettext("clue", "One number or agent for several customers")
        SAME_TEXT = "same_text", pgettext("clue", "The same text for several customers")
        FEE = "fee", pgettext("clue", "A fee or share is asked of the customer")
        KEPT_AWAY = "kept_away", pgettext("clue", "The customer is kept from speaking with us")
        FORGED = "forged", pgettext("clue", "Forged or borrowed papers")
        OTHER = "other", pgettext("clue", "Other")

    class Status(models.TextChoices):
        SUSPECTED = "suspected", pgettext("clue", "Suspected")
        CONFIRMED = "confirmed", pgettext("clue", "Confirmed")
        DROPPED = "dropped", pgettext("clue", "Dropped")

    case = models.ForeignKey("complaints.Case", models.PROTECT, related_name="+", db_index=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    indicator = models.CharField(max_length=12, choices=Indicator)
    basis = models.TextField()
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    expires_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.SUSPECTED)
    grounds = models.TextField(blank=True)
    decided_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="suspected", decided_by=None, decided_at=None)
                | ~Q(status="suspected") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="clue_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("by")), name="clue_second_person"
            ),
            models.UniqueConstraint(
                fields=["case", "indicator"], condition=Q(status="suspected"), name="clue_suspected_once"
            ),
        ]
        indexes = [
            models.Index(fields=["legal_entity", "-at", "-id"], name="clue_of_entity"),
            models.Index(fields=["case"], name="clue_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.indicator} {self.status}"

    def stands_on(self, day: date) -> bool:
        return self.status != self.Status.DROPPED and day <= self.expires_on

    def status_on(self, day: date) -> Any:
        """The word for it on a day; what has lapsed is neither suspected nor confirmed any more."""
        lapsed = self.status != self.Status.DROPPED and not self.stands_on(day)
        return pgettext("clue", "Lapsed") if lapsed else self.Status(self.status).label
