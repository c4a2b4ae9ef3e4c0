"""What is good enough, from which day on."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organization.models import OfGroupOrEntity, once
from quality.kpis import Kpi

GROUP_WIDE = _("The bounds of the whole group name no unit.")
TWICE = _("This KPI has bounds from this day on already. Change that row.")


def rates() -> list[tuple[str, Any]]:
    """The figures that can have bounds."""
    return [(kpi.key, kpi.title) for kpi in Kpi.registry.values() if kpi.denominator]


class Target(OfGroupOrEntity):
    """The bounds of green and amber for one KPI, from a day on, for one unit and what lies below it, or for all.

    The nearest unit wins, then the whole legal entity, then the group, and of its rows the latest that has begun.
    Without any, the KPI's own bounds stand.
    """

    kpi = models.CharField(_("KPI"), max_length=40, choices=rates)
    unit = models.ForeignKey(
        "organization.Unit",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("unit"),
        help_text=_("Empty: the whole institution."),
    )
    effective_from = models.DateField(_("from"))
    green = models.DecimalField(_("green from (%)"), max_digits=5, decimal_places=2)
    amber = models.DecimalField(_("amber from (%)"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("KPI target")
        verbose_name_plural = _("KPI targets")
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "unit", "effective_from"], name="target_once_a_day", violation_error_message=TWICE
            ),
            *once("kpi", "effective_from", name="target_once_a_day_for_all", message=TWICE, condition=Q(unit=None)),
            models.CheckConstraint(
                condition=Q(legal_entity__isnull=False) | Q(unit=None),
                name="target_of_a_unit_has_its_entity",
                violation_error_message=GROUP_WIDE,
            ),
            models.CheckConstraint(
                condition=Q(green__lte=100) & Q(amber__gte=0),
                name="target_is_a_percentage",
                violation_error_message=_("Bounds are percentages from 0 to 100."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kpi_display()} {self.effective_from}"
