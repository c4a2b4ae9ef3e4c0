"""The admin theme, in one place: every other module takes what it needs of it from here."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.admin import ModelAdmin as ThemeModelAdmin
from unfold.admin import TabularInline as ThemeTabularInline
from unfold.dataclasses import SearchResult
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

__all__ = [
    "CappedPaginator",
    "Configuration",
    "ConfigurationInline",
    "ListOfCodes",
    "NumberInput",
    "SearchResult",
    "Select",
    "TextInput",
    "Together",
    "Window",
    "WindowInline",
    "action",
    "badge",
    "chosen",
    "register",
]

register = admin.register
NumberInput, Select, TextInput = UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget
ListOfCodes = UnfoldAdminSelect2MultipleWidget  # several of a long list, found by typing


class Together(forms.MultiWidget):
    """Several inputs that are one value, in one line; `rows` of them where a line has so many inputs."""

    rows = 0

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        size, parts = self.rows or len(self.widgets), context["widget"]["subwidgets"]
        context["lines"] = [parts[start : start + size] for start in range(0, len(parts), size)]
        return context

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        def drawn(part: dict[str, Any]) -> SafeString:
            return self._render(part["template_name"], {"widget": part}, renderer)  # type: ignore[attr-defined, no-any-return]

        lines = self.get_context(name, value, attrs)["lines"]
        return format_html_join(
            "", '<span class="cf-together">{}</span>', ((SafeString("".join(map(drawn, line))),) for line in lines)
        )


class CappedPaginator(Paginator):
    """Counts to the cap and no further, so that a long table costs as much as a short one."""

    CAP = 2000

    @cached_property
    def count(self) -> int:
        rows = self.object_list.order_by().values("pk")[: self.CAP]  # type: ignore[attr-defined]
        return rows.count()


class _ClosedLists:
    """A list of values that a model closes by `choices` is ticked, not typed."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if not (isinstance(db_field, ArrayField) and db_field.base_field.choices):
            return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        return forms.MultipleChoiceField(
            label=capfirst(db_field.verbose_name),
            choices=db_field.base_field.choices,
            required=not db_field.blank,
            help_text=db_field.help_text,
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )


class _Page(_ClosedLists, ThemeModelAdmin):
    paginator = CappedPaginator
    show_full_result_count = False
    list_disable_select_all = True
    list_per_page = 50
    list_fullwidth = True
    compressed_fields = True
    actions = None
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # a row that was used is switched off or ended, never taken away


class Configuration(_Page):
    """A table people set up and change by hand."""

    warn_unsaved_form = True


class Window(_Page):
    """A table to look at: services write it, so nobody edits it here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ConfigurationInline(_ClosedLists, ThemeTabularInline):
    extra = 0
    can_delete = True


class WindowInline(ThemeTabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def chosen(name: str, label: Any) -> Callable[[Any, Any], str]:
    """A column for a closed list of values: its words; none means any."""

    @admin.display(description=label)
    def column(_table: Any, row: Any) -> str:
        field: Any = row._meta.get_field(name)
        words = dict(field.base_field.flatchoices)
        return "、".join(str(words.get(value, value)) for value in getattr(row, name)) or "-"

    return column


def badge(text: Any, tone: str = "") -> SafeString:
    """A small label. tone: good, warn, bad, calm or nothing; colour never says it alone."""
    return format_html('<span class="cf-badge cf-{}">{}</span>', tone or "plain", text)
