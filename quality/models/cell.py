"""The sums that dashboards and the API read."""

from django.db import models

from quality.periods import Length


class Cell(models.Model):
    """How often each measure happened in one unit, on one day or in one month, within one value of a grouping.

    grouping   the dimension kept apart beside the unit, such as "unit+channel"; see quality.measures.GROUPINGS
    dimension  its value as text, a row of another table by its id; empty for none
    starts_on  the day, or the first day of the month
    """

    # Without constraints in the database: derived rows, written in bulk.
    legal_entity = models.ForeignKey(
        "organization.LegalEntity", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    grouping = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40, blank=True)
    period = models.CharField(max_length=5, choices=Length)
    starts_on = models.DateField()
    received_complaints = models.IntegerField(default=0)
    notified = models.IntegerField(default=0)
    satisfied = models.IntegerField(default=0)
    no_objection = models.IntegerField(default=0)
    dissatisfied = models.IntegerField(default=0)
    entered_by_owner = models.IntegerField(default=0)
    entered_late = models.IntegerField(default=0)
    extended = models.IntegerField(default=0)
    waived = models.IntegerField(default=0)
    settled = models.IntegerField(default=0)
    spot_checked = models.IntegerField(default=0)
    spot_differs = models.IntegerField(default=0)
    due = models.IntegerField(default=0)
    on_time = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    resolved = models.IntegerField(default=0)
    offered = models.IntegerField(default=0)
    signed_in_time = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)

    class Meta:
        constraints = [
            # the key of the roll-up, and the index of every reading: some units, one grouping, a stretch of days
            models.UniqueConstraint(
                fields=["unit", "grouping", "period", "starts_on", "dimension", "legal_entity"],
                name="cell_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.grouping} {self.unit_id} {self.starts_on}"
