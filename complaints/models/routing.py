"""路由规则: to which unit and team a case goes first, by what is known of it as it comes in."""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models.states import Level
from organization.models import ClientChannel, Nature


@dataclass(frozen=True)
class Arrival:
    """What rules ask of a case as it came in. line: id; complained: the path of the unit, as far as it is known"""

    channel: str
    nature: str
    level: str
    category: str = ""
    line: int | None = None
    complained: str = ""


class RoutingRule(models.Model):
    """One rule of a legal entity; an empty field asks nothing. By position, the first that fits counts.

    key           stands in the first event of each case that it sent
    category      how the code of the business category begins
    effective_to  the last day
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
    position = models.PositiveSmallIntegerField(_("order of asking"), help_text=_("The first rule that fits counts."))
    channel = models.CharField(_("channel"), max_length=20, choices=ClientChannel, blank=True)
    nature = models.CharField(_("nature"), max_length=20, choices=Nature, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level, blank=True)
    business_line = models.ForeignKey(
        "organization.BusinessLine",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("business line"),
    )
    category = models.CharField(
        _("category"), max_length=12, blank=True, help_text=_("A code, such as B02; it stands for those below it too.")
    )
    complained_unit = models.ForeignKey(
        "organization.Unit",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("complained unit"),
        help_text=_("It stands for those below it too."),
    )
    unit = models.ForeignKey(
        "organization.Unit", models.PROTECT, related_name="+", db_index=False, verbose_name=_("goes to the unit")
    )
    team = models.ForeignKey(
        "organization.Team",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("and there to the team"),
    )
    by_load = models.BooleanField(
        _("by load"),
        default=False,
        help_text=_("Offered at once, by name, to whoever of the team is there and has least in hand."),
    )
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "key"],
                name="routing_rule_once",
                violation_error_message=_("There is a rule of this key already."),
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="routing_rule_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(by_load=False) | Q(team__isnull=False),
                name="routing_rule_by_load_in_a_team",
                violation_error_message=_("By load: choose the team whose people share the work."),
            ),
            models.CheckConstraint(
                condition=~Q(nature=Nature.TIP_OFF),
                name="routing_rule_no_tip_offs",
                violation_error_message=_("Tip-offs go to discipline, by no rule."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.key}"

    def fits(self, arrival: Arrival) -> bool:
        """Whether it says where this case goes, on a day on which it holds."""
        asked = (
            (self.channel, arrival.channel),
            (self.nature, arrival.nature),
            (self.level, arrival.level),
            (self.business_line_id, arrival.line),
        )
        if any(wanted and wanted != known for wanted, known in asked):
            return False
        below = self.complained_unit is None or arrival.complained.startswith(self.complained_unit.path)
        return below and arrival.category.startswith(self.category)

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)
