"""The one append-only log of a case, the words beside it, and who has not read it yet."""

from django.db import models

from security.chain import ChainedRow, text_digest
from security.fields import SealedRow, SealedValue


class CaseEvent(ChainedRow):
    """What happened to a case: codes, ids and times. People's words stand in CaseText, whose digest is here.

    at           when it was entered
    happened_at  when it happened, never later

    The rows of one case are one hash chain in order of `sequence`, written under the case's row lock.
    The database refuses UPDATE, DELETE and TRUNCATE. No foreign key points here.
    """

    pk = models.CompositePrimaryKey("case_id", "sequence")
    case = models.ForeignKey("complaints.Case", models.PROTECT, related_name="events", db_index=False)
    verb = models.CharField(max_length=32)
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)
    actor = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    happened_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1)
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.case_id}/{self.sequence} {self.verb}"

    def payload(self) -> dict:
        """What the hash covers."""
        return {
            "case": self.case.reference,
            "sequence": self.sequence,
            "verb": self.verb,
            "before": self.before,
            "after": self.after,
            "actor": self.actor_id,
            "at": self.at,
            "happened_at": self.happened_at,
            "round": self.round,
            "details": self.details,
        }


class CaseText(SealedRow):
    """What somebody wrote or said: the words sealed, a redacted copy to read. Anonymise deletes it; the chain stays."""

    case = models.ForeignKey("complaints.Case", models.PROTECT, related_name="texts", db_index=False)
    event_sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    text = models.TextField()
    salt = models.CharField(max_length=32)
    words_sealed = models.TextField()
    words = SealedValue("text")

    class Meta:
        indexes = [models.Index(fields=["case", "event_sequence"], name="text_of_event")]

    def __str__(self) -> str:
        return self.text[:60]

    def digest_of(self, words: str) -> str:
        """What the event keeps: of the words, and of the copy to read where redaction made another one."""
        return text_digest(words if words == self.text else f"{words}\0{self.text}", self.salt)


class Unread(models.Model):
    """An event that one reader of the log has not worked on yet. The reader deletes it when it has.

    retry_at  the reader leaves it alone until then, because it could not be worked on
    """

    case_id = models.BigIntegerField()  # no foreign key: the log may be partitioned
    sequence = models.PositiveIntegerField()
    reader = models.CharField(max_length=32)
    retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["reader", "id"], name="unread_of_reader")]

    def __str__(self) -> str:
        return f"{self.reader} {self.case_id}/{self.sequence}"
