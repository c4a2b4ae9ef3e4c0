"""What a customer said, once."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.chain import canonical, text_digest
from security.fields import SealedRow, SealedValue

SUBJECT_LENGTH = 200
# What was received beside the words; `id` stands in the event.
BESIDE_THE_WORDS = (
    "legal_entity_id",
    "client_id",
    "channel",
    "account",
    "external_id",
    "thread",
    "nature",
    "customer_id",
    "name_masked",
    "phone_masked",
    "email_masked",
    "differs",
    "unproven",
    "occurred_at",
    "received_at",
    "stored_at",
    "scores",
    "content_hash",
)


class Feedback(SealedRow):
    """One message of one channel. `words` is the original, sealed; `subject` and `text` are redacted to be read.

    name, phone, email  as they were given with it: an answer goes there, and nowhere else
    differs             the keys of which the customer had another value when it came
    unproven            of what a colleague typed in the addresses that the customer was not known by: anybody's
    account             whose numbers `external_id` is one of: of the keys of one unit; empty: the desk's
    echo                what its sender may read again, where our copy lacks what only we knew; else empty
    """

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    client = models.ForeignKey(
        "organization.ApiClient", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    channel = models.CharField(_("channel"), max_length=20)
    account = models.CharField(max_length=24, blank=True)
    external_id = models.CharField(_("external id"), max_length=128)
    thread = models.CharField(max_length=64, blank=True)  # keyed hash, see inbound.thread_key
    nature = models.CharField(_("nature"), max_length=20)
    customer = models.ForeignKey("feedback.Customer", models.PROTECT, related_name="feedback", null=True, blank=True)
    name_sealed = models.TextField(blank=True)
    name_masked = models.CharField(max_length=64, blank=True)
    name = SealedValue("name")
    phone_sealed = models.TextField(blank=True)
    phone_masked = models.CharField(max_length=64, blank=True)
    phone = SealedValue("phone")
    email_sealed = models.TextField(blank=True)
    email_masked = models.CharField(max_length=320, blank=True)
    email = SealedValue("email")
    differs = models.JSONField(default=list, blank=True)
    unproven = models.JSONField(default=list, blank=True)
    occurred_at = models.DateTimeField(_("occurred"))
    received_at = models.DateTimeField(_("received"))
    stored_at = models.DateTimeField(_("stored"))
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, blank=True)
    text = models.TextField(_("text"), blank=True)
    words_sealed = models.TextField(blank=True)
    words = SealedValue("text")  # subject, a line break, text
    scores = models.JSONField(_("scores"), default=dict, blank=True)
    echo_sealed = models.TextField(blank=True)
    echo = SealedValue("text")  # subject, a line break, text
    metadata_sealed = models.TextField(blank=True)
    metadata = SealedValue("text")  # JSON of the sender's own making: a hotline puts the caller's number there
    content_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "channel", "account", "external_id"], name="feedback_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.external_id}"

    def facts(self) -> bytes:
        """What was received beside the words, the metadata and the addresses, in one byte form."""
        return canonical({name: getattr(self, name) for name in BESIDE_THE_WORDS})

    def digest_of(self, *words: str) -> str:
        """What the log keeps of all of the message: says nothing once the words and `row_id`, the salt, are gone.

        words: as they came, the metadata, the phone, the e-mail address, the echo, the name
        """
        return digest_of(self.facts(), self.subject, self.text, *words, salt=self.row_id)


def digest_of(facts: bytes, *words: str, salt: UUID) -> str:
    """words: subject and text as read, and those of `Feedback.digest_of`. No text of PostgreSQL holds a NUL."""
    return text_digest("\0".join([facts.decode(), *words]), salt.hex)
