"""Tables of the case for administrators."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from complaints.countersign_rules import CountersignRuleAdmin
from complaints.models import Code, CountersignRule, RedressLimit, RoutingRule
from complaints.routing_rules import RoutingRuleAdmin
from complaints.services.taxonomy import CATEGORY_B
from organization.configuration import RecordedConfiguration
from sla.versions import VersionsAdmin
from sqm_site.adminui import register

admin.site.register(RoutingRule, RoutingRuleAdmin)
admin.site.register(CountersignRule, CountersignRuleAdmin)


@register(Code)
class CodeAdmin(RecordedConfiguration):
    """The lists of the whole group. Names and order may change; what a code is called in stored cases may not."""

    entity = ""
    list_display = ["dimension", "code", "zh", "en", "parent_code", "version", "active"]
    list_display_links = ["code"]
    list_filter = ["dimension", "active", "version"]
    search_fields = ["code", "zh", "en"]
    spelled = "zh"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["dimension", "code", "parent_code", "version"] if obj else []

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Only a decision on a business category begins with words of its own."""
        return ["basis", "outcome"] if obj is not None and obj.dimension != CATEGORY_B else []


@register(RedressLimit)
class RedressLimitAdmin(RecordedConfiguration):
    """Up to how much a role gives alone. A new row from a new day; what was in force stays."""

    shared = True
    always_second = True
    asks_why = VersionsAdmin.asks_why
    list_display = ["role", "amount", "monthly", "effective_from", "legal_entity"]
    list_select_related = ["legal_entity"]
    list_filter = ["role"]
    ordering = ["role", "-effective_from"]
