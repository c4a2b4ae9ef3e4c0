"""Where cases stood, and how long: what the process console reads."""

from django.db import models
from django.db.models import Q


class Stay(models.Model):
    """One stretch in which a case stood in one state: derived from its log, so it can always be made anew.

    sequence  of the event with which it began
    unit      in charge when it ended, or now: what lay on offer belongs to the unit that took it
    until     None: the case stands there still
    ended_by  the verb that ended it; empty while it stands there
    What is over, imported, a review or a group complaint makes none.
    """

    # Without constraints in the database: a derived row must never make a verb wait for its case.
    case = models.ForeignKey(
        "complaints.Case", models.CASCADE, related_name="stays", db_index=False, db_constraint=False
    )
    sequence = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField()
    legal_entity = models.ForeignKey(
        "organization.LegalEntity", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    business_line = models.ForeignKey(
        "organization.BusinessLine", models.PROTECT, related_name="+", null=True, db_index=False, db_constraint=False
    )
    nature = models.CharField(max_length=20)
    state = models.CharField(max_length=20)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sequence"], name="stay_once")]
        indexes = [
            # what stands somewhere now; and what left lately, of everything and of some units
            models.Index(
                fields=["legal_entity", "unit", "state", "since"],
                name="stay_open",
                condition=Q(until=None),
                include=["nature", "business_line"],
            ),
            models.Index(
                fields=["legal_entity", "until"],
                name="stay_left",
                condition=Q(until__isnull=False),
                include=["state", "since", "ended_by", "nature", "unit", "business_line"],
            ),
            models.Index(
                fields=["unit", "until"],
                name="stay_left_unit",
                condition=Q(until__isnull=False),
                include=["state", "since", "ended_by", "nature", "legal_entity", "business_line"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state} since {self.since:%Y-%m-%d}"
