"""What is good enough, kept by administrators."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

import complaints.desk  # noqa: F401  before the theme, which on loading wants the template tags that stand there
from organization.configuration import RecordedConfiguration
from quality.kpis import Kpi
from quality.models import Target
from sqm_site.adminui import register


class TargetForm(forms.ModelForm):
    """Only rates have bounds, and those of green are the stricter ones."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kpi = Kpi.registry.get(given.get("kpi", ""))
        green, amber = given.get("green"), given.get("amber")
        if kpi and green is not None and amber is not None:
            stricter = green >= amber if kpi.better == "higher" else green <= amber
            if not stricter:
                self.add_error("amber", _("Green must be the stricter bound."))
        return given


@register(Target)
class TargetAdmin(RecordedConfiguration):
    shared = True
    form = TargetForm
    list_display = ["kpi", "unit", "effective_from", "green", "amber"]
    list_select_related = ["unit"]
    ordering = ["kpi", "-effective_from"]
    list_before_template = "quality/own_bounds.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With what holds where no row says otherwise: else an empty list looks as if nothing was aimed at."""
        own = [kpi for kpi in Kpi.registry.values() if kpi.green is not None]
        return super().changelist_view(request, {**(extra_context or {}), "own_bounds": own})
