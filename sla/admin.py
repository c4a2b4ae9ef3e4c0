"""Where deadlines come from, kept by administrators: each change is decided by two of them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from organization.configuration import RecordedConfiguration, RecordedInline
from sla.form_fields import LISTS, CodesField, codes_words, hours_words, offset_words
from sla.forms import (
    CalendarDayForm,
    CalendarForm,
    ExtensionStepForm,
    ExtensionStepsFormSet,
    PolicyForm,
    RuleSetForm,
    RungForm,
    RungsFormSet,
    TargetForm,
    TargetsFormSet,
    WeekdayHoursForm,
    WeekFormSet,
)
from sla.models import Calendar, CalendarDay, ExtensionStep, Ladder, Policy, RuleSet, Rung, Target, WeekdayHours
from sla.versions import RowsOfVersion, VersionsAdmin
from sqm_site.adminui import chosen, register

SELECTION = (
    "natures", "levels", "sources", "institution_types", "complainant_types", "business_lines", "categories",
    "effective_from", "effective_to",
)  # fmt: skip
ANY = _("None chosen: any.")


def codes(name: str, label: Any) -> Any:
    """A column for the codes of a list; none means any."""

    @admin.display(description=label)
    def column(_table: Any, row: Any) -> str:
        return codes_words(name, getattr(row, name)) or "-"

    return column


class SelectionAdmin(VersionsAdmin):
    """A table of rows that are chosen by the facts of a case."""

    shown_natures, shown_levels = chosen("natures", _("natures")), chosen("levels", _("levels"))
    shown_institution_types = chosen("institution_types", _("kinds of institution"))
    shown_complainant_types = codes("complainant_types", _("complainant types"))
    shown_business_lines = codes("business_lines", _("business lines"))
    shown_categories = codes("categories", _("categories"))
    said = {name: lambda values, name=name: codes_words(name, values) for name in LISTS}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in LISTS:
            hint = ANY if db_field.name in SELECTION else db_field.help_text
            return CodesField(db_field.name, label=capfirst(db_field.verbose_name), help_text=hint)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class HoursAdmin(RecordedConfiguration):
    shared = True
    always_second = True
    asks_why = VersionsAdmin.asks_why
    said = {"hours": hours_words}

    @admin.display(description=_("opening hours"))
    def shown_hours(self, row: Any) -> str:
        return hours_words(row.hours or []) or "-"


class WeekInline(RecordedInline):
    """Only weekdays that differ from the ordinary day."""

    entity, shared = "calendar__legal_entity", True
    model, form, formset = WeekdayHours, WeekdayHoursForm, WeekFormSet
    said = {"hours": hours_words}

    @admin.display(description=_("opening hours"))
    def shown_hours(self, row: WeekdayHours) -> str:
        return hours_words(row.hours)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A page to look at says it in words."""
        return ["weekday", "hours" if self.has_change_permission(request, obj) else "shown_hours"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["shown_hours"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whatever may be changed: another administrator decides."""
        return self.has_change_permission(request, obj)


@register(Calendar)
class CalendarAdmin(HoursAdmin):
    form = CalendarForm
    inlines = [WeekInline]
    list_display = ["name", "code", "shown_hours", "zone", "legal_entity"]
    list_select_related = ["legal_entity"]
    search_fields = ["name", "code"]


@register(CalendarDay)
class CalendarDayAdmin(HoursAdmin):
    entity = "calendar__legal_entity"
    form = CalendarDayForm
    list_display = ["day", "calendar", "is_workday", "shown_hours", "name", "official"]
    list_select_related = ["calendar"]
    list_filter = ["calendar", "is_workday", "official"]
    date_hierarchy = "day"
    ordering = ["-day"]


class ExtensionStepInline(RowsOfVersion):
    entity, fk = "rule_set__legal_entity", "rule_set"
    model, form, formset = ExtensionStep, ExtensionStepForm, ExtensionStepsFormSet
    shown_deciders = chosen("deciders", _("granted by any one of"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A page to look at says it in words."""
        deciders = "deciders" if self.has_change_permission(request, obj) else "shown_deciders"
        return ["until_days", deciders, "told"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["shown_deciders"]


@register(RuleSet)
class RuleSetAdmin(SelectionAdmin):
    form = RuleSetForm
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
        "counts_anew",
        "decline_grounds",
        *SELECTION,
    ]
    inlines = [ExtensionStepInline]


class TargetInline(RowsOfVersion):
    entity, fk = "policy__legal_entity", "policy"
    model, form, formset = Target, TargetForm, TargetsFormSet


@register(Policy)
class PolicyAdmin(SelectionAdmin):
    form = PolicyForm
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
    fields = ["name", "key", "position", "calendar", "extension_ahead", *SELECTION]
    inlines = [TargetInline]


class RungInline(RowsOfVersion):
    entity, fk = "ladder__legal_entity", "ladder"
    model, form, formset = Rung, RungForm, RungsFormSet
    said = {"offset": offset_words}

    @admin.display(description=_("offset"))
    def shown_offset(self, rung: Rung) -> str:
        return offset_words(rung.offset)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A page to look at says it in words."""
        offset = "offset" if self.has_change_permission(request, obj) else "shown_offset"
        return ["position", offset, "kind", "tell"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if self.has_change_permission(request, obj) else ["shown_offset"]


@register(Ladder)
class LadderAdmin(VersionsAdmin):
    list_display = ["name", "key", "effective_from", "legal_entity"]
    list_select_related = ["legal_entity"]
    search_fields = ["name", "key"]
    fields = ["name", "key", "effective_from"]
    inlines = [RungInline]
