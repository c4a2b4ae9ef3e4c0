"""What somebody handed over as a file: with a message of the customer, or by a colleague as evidence on a case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from security.chain import text_digest
from security.fields import SealedRow, SealedValue
from security.filenames import TITLE_LENGTH
from security.kinds import CAUTIONS, KINDS

DOCUMENTS = "document_kind"  # the list of codes
IDENTITY = ("ID_CARD", "PASSPORT", "HOUSEHOLD")  # codes of it: whoever opens one sees a value in clear, for a reason


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def waiting(self) -> "AttachmentQuerySet":
        """Handed over, and named by nothing yet."""
        return self.filter(case=None, feedback=None)


class Attachment(SealedRow):
    """One file at one case. The bytes lie sealed in the storage, once for all rows of an entity that have the same.

    case      None until a verb or a message names it, and for ever where the message opened no case
    feedback  the message it came with; None: a colleague attached it
    by        who handed it over
    title     its name, redacted to be read; `name` is the one it came with
    sha256    of the content as it came; `stored` is its name in the storage, where rows of one content share a file
    kind      of security.kinds, told by the bytes
    caution   what the scanner, and whoever opens it, should beware of: a key of CAUTIONS
    document  what it is: a code of the list `document_kind`
    finding   what the scanner called it, or why it could not look
    retry_at  the scanner leaves it alone until then
    """

    class State(models.TextChoices):
        RECEIVED = "received", pgettext("file", "Waits for the scanner")  # in quarantine
        CLEAN = "clean", pgettext("file", "Scanned")  # the scanner found nothing: given out
        UNSCANNED = "unscanned", pgettext("file", "Not scanned")  # there is no scanner, its kind cannot act: given out
        INFECTED = "infected", pgettext("file", "Infected")  # in quarantine for ever
        REJECTED = "rejected", pgettext("file", "Cannot be scanned")  # in quarantine: encrypted, or too much in it

    GIVEN_OUT = (State.CLEAN, State.UNSCANNED)

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="attachments", null=True, db_index=False)
    feedback = models.ForeignKey("feedback.Feedback", models.PROTECT, related_name="+", null=True, db_index=False)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    title = models.CharField(max_length=TITLE_LENGTH)
    name_sealed = models.TextField()
    name = SealedValue("text")
    key_sealed = models.TextField()
    key = SealedValue("text")
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes
    kind = models.CharField(max_length=8)
    caution = models.CharField(max_length=8, blank=True)
    document = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    finding = models.CharField(max_length=100, blank=True)
    scanned_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="clean") | Q(scanned_at__isnull=False), name="attachment_clean_is_scanned"
            ),
        ]
        indexes = [
            models.Index(fields=["case"], name="attachment_case", condition=Q(case__isnull=False)),
            models.Index(fields=["feedback"], name="attachment_feedback", condition=Q(feedback__isnull=False)),
            # whether a file of the storage has a row, and who has the same
            models.Index(fields=["stored"], name="attachment_stored"),
            models.Index(fields=["sha256"], name="attachment_content"),
            # of one account what nothing names yet, and what of all was forgotten
            models.Index(fields=["by", "at"], name="attachment_waiting", condition=Q(case=None, feedback=None)),
            # what a scanner has not seen
            models.Index(fields=["id"], name="attachment_to_scan", condition=Q(state__in=["received", "unscanned"])),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_identity(self) -> bool:
        return self.document in IDENTITY

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind].label) if self.kind in KINDS else self.kind

    @property
    def caution_label(self) -> str:
        return str(CAUTIONS.get(self.caution, ""))

    def digest_of(self, name: str, key: str) -> str:
        """What the event keeps of names and the key: says nothing once they and `row_id`, the salt, are gone."""
        return text_digest("\0".join((self.title, name, key, self.stored)), self.row_id.hex)
