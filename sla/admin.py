"""Where deadlines come from, kept by administrators."""

from security.configuration import RecordedConfiguration
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet, Rung, Target
from sqm_site.adminui import ConfigurationInline, register

SELECTION = ("natures", "levels", "sources", "effective_from", "effective_to")


@register(Calendar)
class CalendarAdmin(RecordedConfiguration):
    list_display = ["name", "code", "zone"]
    search_fields = ["name", "code"]


@register(CalendarDay)
class CalendarDayAdmin(RecordedConfiguration):
    list_display = ["day", "calendar", "is_workday", "name", "official"]
    list_select_related = ["calendar"]
    list_filter = ["calendar", "is_workday", "official"]
    date_hierarchy = "day"
    ordering = ["-day"]


@register(RuleSet)
class RuleSetAdmin(RecordedConfiguration):
    list_display = ["name", "key", "kind", "first_due_days", "max_days", "day_type", "effective_from", "effective_to"]
    list_filter = ["kind"]
    search_fields = ["name", "key"]
    ordering = ["key", "-effective_from"]
    fields = [
        "name",
        "key",
        "kind",
        "first_due_days",
        "max_days",
        "day_type",
        "calendar",
        "ladder",
        *SELECTION,
    ]


class TargetInline(ConfigurationInline):
    model = Target


@register(Policy)
class PolicyAdmin(RecordedConfiguration):
    list_display = ["name", "key", "position", "natures", "levels", "sources", "effective_from", "effective_to"]
    search_fields = ["name", "key"]
    fields = ["name", "key", "position", "calendar", *SELECTION]
    inlines = [TargetInline]


class RungInline(ConfigurationInline):
    model = Rung


@register(Ladder)
class LadderAdmin(RecordedConfiguration):
    list_display = ["name", "key"]
    search_fields = ["name", "key"]
    inlines = [RungInline]
