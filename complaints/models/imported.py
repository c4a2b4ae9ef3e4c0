"""Which rows of an import are here already."""

from django.db import models


class ImportedRow(models.Model):
    """One row that was laid down: an import that is run again, or was broken off, does not bring it a second time.

    source  the name of the import, such as that of its file; each legal entity has its own
    number  of the row in it, from 1 on
    """

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    case = models.ForeignKey("complaints.Case", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number", "legal_entity"], name="imported_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"
