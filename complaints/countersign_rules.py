"""The table of countersigning rules (会签规则): which units give an opinion on which decisions, and in which turn."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.models import CountersignRule
from complaints.routing_rules import OfACategory
from complaints.services.taxonomy import codes, label
from complaints.verbs.transferring import BODIES
from organization.configuration import RecordedConfiguration
from sla.versions import VersionsAdmin
from sqm_site.adminui import Select


class CountersignRuleForm(OfACategory):
    source = forms.ChoiceField(label=_("Transferred by"), required=False, widget=Select)

    class Meta:
        model = CountersignRule
        fields = ["key", "turn", "unit", "level", "source", "category", "amount", "effective_from", "effective_to"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "source" in self.fields:
            bodies = [(code, label(BODIES, code)) for code in codes(BODIES)]
            self.fields["source"].choices = [("", "---------"), *bodies]  # type: ignore[attr-defined]


class CountersignRuleAdmin(RecordedConfiguration):
    """Whom a decision needs to hear. Another administrator decides each change."""

    form = CountersignRuleForm
    always_second = True
    asks_why = VersionsAdmin.asks_why
    list_display = ["turn", "key", "unit", "level", "source", "category", "amount", "effective_to"]
    list_display_links = ["key"]
    list_select_related = ["unit"]
    autocomplete_fields = ["unit"]
    ordering = ["turn", "pk"]
