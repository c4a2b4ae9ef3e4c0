"""Where deadlines come from, kept by administrators."""

from django.utils.translation import gettext_lazy as _

from organization.configuration import RecordedConfiguration, RecordedInline
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet, Rung, Target
from sqm_site.adminui import chosen, register

SELECTION = (
    "natures", "levels", "sources", "institution_types", "complainant_types", "business_lines", "categories",
    "effective_from", "effective_to",
)  # fmt: skip


class VersionsAdmin(RecordedConfiguration):
    """A table of versions: one that a clock follows does not change, which the room that owns the clocks sees to."""

    shared = True
    refusals = {
        "version_in_use": _(
            "Not saved: deadlines follow this version. End it and enter a new version that begins later."
        )
    }


class SelectionAdmin(VersionsAdmin):
    """A table of rows that are chosen by the facts of a case."""

    shown_natures, shown_levels = chosen("natures", _("natures")), chosen("levels", _("levels"))
    shown_institution_types = chosen("institution_types", _("kinds of institution"))


@register(Calendar)
class CalendarAdmin(RecordedConfiguration):
    shared = True
    list_display = ["name", "code", "zone", "legal_entity"]
    list_select_related = ["legal_entity"]
    search_fields = ["name", "code"]


@register(CalendarDay)
class CalendarDayAdmin(RecordedConfiguration):
    entity, shared = "calendar__legal_entity", True
    list_display = ["day", "calendar", "is_workday", "name", "official"]
    list_select_related = ["calendar"]
    list_filter = ["calendar", "is_workday", "official"]
    date_hierarchy = "day"
    ordering = ["-day"]


@register(RuleSet)
class RuleSetAdmin(SelectionAdmin):
    list_display = [
        "name",
        "key",
        "kind",
        "first_due_days",
        "max_days",
        "day_type",
        "effective_from",
        "effective_to",
        "legal_entity",
    ]
    list_select_related = ["legal_entity"]
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


class TargetInline(RecordedInline):
    entity, shared = "policy__legal_entity", True
    model = Target


@register(Policy)
class PolicyAdmin(SelectionAdmin):
    list_display = [
        "name",
        "key",
        "position",
        "shown_natures",
        "shown_levels",
        "sources",
        "effective_from",
        "effective_to",
        "legal_entity",
    ]
    list_select_related = ["legal_entity"]
    search_fields = ["name", "key"]
    fields = ["name", "key", "position", "calendar", *SELECTION]
    inlines = [TargetInline]


class RungInline(RecordedInline):
    entity, shared = "ladder__legal_entity", True
    model = Rung


@register(Ladder)
class LadderAdmin(VersionsAdmin):
    list_display = ["name", "key", "effective_from", "legal_entity"]
    list_select_related = ["legal_entity"]
    search_fields = ["name", "key"]
    inlines = [RungInline]
