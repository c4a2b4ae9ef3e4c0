"""批量办理: one verb on several cases in one act. A second sending of the same page finds what became of the first."""

from django.db import models


class Batch(models.Model):
    """One sending of a page with ticked cases. What it said stands in the events of the cases alone.

    key  made with the page: sent twice, it is the same act
    """

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    key = models.UUIDField(unique=True)
    verb = models.CharField(max_length=32)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.verb} by {self.by_id}"


class BatchRow(models.Model):
    """What became of one case, written with what the verb wrote. There need be no such case for whoever named it.

    outcome  DONE, ASKED where a second person was asked, else the code of the refusal; empty while it is under way
    refusal  the sentence
    """

    DONE, ASKED = "done", "asked"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows", db_index=False)
    reference = models.CharField(max_length=24)
    outcome = models.CharField(max_length=40, blank=True)
    refusal = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "reference"], name="batch_row_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.reference}"
