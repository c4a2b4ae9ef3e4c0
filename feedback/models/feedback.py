"""What a customer said, once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.fields import SealedRow, SealedValue

SUBJECT_LENGTH = 200


class Feedback(SealedRow):
    """One message of one channel. `words` is the original, sealed; `subject` and `text` are redacted to be read."""

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    client = models.ForeignKey(
        "organization.ApiClient", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    channel = models.CharField(_("channel"), max_length=20)
    external_id = models.CharField(_("external id"), max_length=128)
    thread = models.CharField(max_length=64, blank=True)  # keyed hash, see inbound.thread_key
    nature = models.CharField(_("nature"), max_length=20)
    customer = models.ForeignKey("feedback.Customer", models.PROTECT, related_name="feedback", null=True, blank=True)
    occurred_at = models.DateTimeField(_("occurred"))
    received_at = models.DateTimeField(_("received"))
    stored_at = models.DateTimeField(_("stored"))
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, blank=True)
    text = models.TextField(_("text"), blank=True)
    words_sealed = models.TextField(blank=True)
    words = SealedValue("text")  # subject, a line break, text
    scores = models.JSONField(_("scores"), default=dict, blank=True)
    metadata_sealed = models.TextField(blank=True)
    metadata = SealedValue("text")  # JSON of the sender's own making: a hotline puts the caller's number there
    content_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "channel", "external_id"], name="feedback_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.external_id}"
