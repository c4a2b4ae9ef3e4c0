"""Whether the customer was content with how a case was handled."""

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from security.fields import SealedRow, SealedValue

OPEN_FOR = timedelta(days=30)


class Answer(models.TextChoices):
    SATISFIED = "satisfied", pgettext_lazy("satisfaction", "Satisfied")
    NO_OBJECTION = "no_objection", pgettext_lazy("satisfaction", "No objection")
    DISSATISFIED = "dissatisfied", pgettext_lazy("satisfaction", "Dissatisfied")


def new_token() -> str:
    """The secret part of a survey's address: 192 bits, 32 characters."""
    return token_urlsafe(24)


def digest_of(token: str) -> str:
    """What is kept of a token: a plain SHA-256, because it is random."""
    return sha256(token.encode(errors="replace")).hexdigest()


class Survey(SealedRow):
    """One question to one customer about one case. Answered once, or waived with a reason, or it ends.

    token  the secret of its address, known only to who asks: the row keeps its digest
    sent   for who asks: whether a message was left, or a colleague has to ask
    known_address  it went to an address by which the customer is known: what is said there is their own word
    """

    token = ""
    sent = False
    token_digest = models.CharField(max_length=64, editable=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(_("reference"), max_length=24)
    customer = models.ForeignKey("feedback.Customer", models.PROTECT, related_name="surveys", null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=20)
    known_address = models.BooleanField(default=False)
    asked_at = models.DateTimeField(_("asked"))
    ends_at = models.DateTimeField(_("ends"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=14, choices=Answer, blank=True)
    csat = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)  # 1 to 5
    comment = models.TextField(_("comment"), blank=True)  # redacted
    words_sealed = models.TextField(blank=True)
    words = SealedValue("text")  # the comment as written
    waived_at = models.DateTimeField(_("waived"), null=True, blank=True)
    waived_reason = models.CharField(_("reason"), max_length=20, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        indexes = [models.Index(fields=["reference"], name="survey_reference")]
        constraints = [
            models.UniqueConstraint(fields=["token_digest"], name="survey_token"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False, answer__in=[*Answer], waived_at__isnull=True),
                name="survey_answered_or_not",
            ),
            models.CheckConstraint(condition=Q(csat__isnull=True) | Q(csat__range=(1, 5)), name="survey_csat_range"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.answer}"
