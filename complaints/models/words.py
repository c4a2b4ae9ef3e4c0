"""The words of a case, to be searched: redacted, beside the case and not in it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class CaseWords(models.Model):
    """A piece of one text of a case: a message, a note, a reply, a decision. Inserted once; anonymise deletes it.

    A row of the case that moves a deadline writes no word anew. The original stands sealed with the feedback or the
    CaseText. A long text is cut into parts that overlap, so that each search finds its words within one.

    bigrams  the search words, and the legal entity as one of them: one index answers both
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="words")
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    event_sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    part = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    text = models.TextField()
    bigrams = ArrayField(models.TextField(), editable=False)

    class Meta:
        indexes = [GinIndex(fields=["bigrams"], name="words_bigrams", fastupdate=True)]

    def __str__(self) -> str:
        return self.text[:60]


def entity_word(pk: int) -> str:
    """No text has it: words hold no colon."""
    return f"entity:{pk}"
