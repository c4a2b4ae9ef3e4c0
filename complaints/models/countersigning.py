"""会签: which units give their opinion on a drafted decision before it is approved, and in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models.states import Level
from complaints.models.task import Task

TURNS = 9
# From how much weight a rule counts: of a level those above it weigh more.
LEVELS = [*Level]


@dataclass(frozen=True)
class Weight:
    """What rules ask of a decision. source: the body that transferred the case; amount: in yuan"""

    level: str
    source: str
    category: str
    amount: Decimal


class CountersignRule(models.Model):
    """One step of a route: the unit whose opinion a decision needs. An empty field asks nothing; all that fit count.

    turn      those of one turn are asked together, the next ones once these have answered
    level     from this one up
    category  how the code of the business category begins
    amount    yuan: of what is in dispute, or of the redress promised if that is more
    """

    legal_entity = models.ForeignKey(
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("legal entity"),
    )
    key = models.CharField(_("key"), max_length=40)
    turn = models.PositiveSmallIntegerField(
        _("turn"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(TURNS)],
        help_text=_("Units of the same turn are asked together, the next turn once they have answered."),
    )
    unit = models.ForeignKey(
        "organization.Unit", models.PROTECT, related_name="+", db_index=False, verbose_name=_("unit that countersigns")
    )
    level = models.CharField(_("from the level"), max_length=10, choices=Level, blank=True)
    source = models.CharField(_("transferred by"), max_length=20, blank=True)
    category = models.CharField(
        _("category"), max_length=12, blank=True, help_text=_("A code, such as B02; it stands for those below it too.")
    )
    amount = models.DecimalField(
        _("from the amount (yuan)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Of what is in dispute, or of the redress promised if that is more."),
    )
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)

    class Meta:
        verbose_name = _("countersigning rule")
        verbose_name_plural = _("countersigning rules")
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "key"],
                name="countersign_rule_once",
                violation_error_message=_("There is a rule of this key already."),
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="countersign_rule_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.turn} {self.key}"

    def fits(self, weight: Weight) -> bool:
        """Whether a decision of this weight needs the unit's opinion, on a day on which the rule holds."""
        if self.level and LEVELS.index(Level(weight.level)) < LEVELS.index(Level(self.level)):
            return False
        if self.source and self.source != weight.source:
            return False
        return weight.category.startswith(self.category) and weight.amount >= (self.amount or 0)

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Countersignature(models.Model):
    """One unit that is to give its opinion on one draft; what it is asked, and says, is a Task, once it is its turn.

    draft           event_sequence of the draft
    rule            key of the rule that wants it; empty: somebody asked for it
    event_sequence  that of the event with the words of whoever asked
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="countersignatures", db_index=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    draft = models.PositiveIntegerField()
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    turn = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "draft", "unit"], name="countersignature_once_a_unit")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit_id} on {self.draft}"

    def task_among(self, tasks: Iterable[Task]) -> Task | None:
        """What the unit is asked; None: it is not its turn yet."""
        return next((one for one in tasks if one.countersigns == self.draft and one.unit_id == self.unit_id), None)
