"""What was sent, and what could not be: a window on the notices."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from feedback.channels import channel_label, senders
from feedback.models import IN_APP, Notice
from feedback.wording import KINDS
from organization.configuration import EntityWindow, entity_of
from organization.rights import rights_of
from sqm_site.adminui import badge, register


def among(parameter: str, label: Any, words: Callable[[], Iterable[tuple[str, Any]]]) -> type[admin.SimpleListFilter]:
    """A filter beside the list by the words of a column of keys."""

    class Among(admin.SimpleListFilter):
        title, parameter_name = label, parameter

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
            return [*words()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{parameter: self.value()}) if self.value() else queryset

    return Among


def ways() -> list[tuple[str, Any]]:
    """The channels by which a notice goes."""
    return [(key, channel_label(key)) for key in (IN_APP, *senders())]


@register(Notice)
class NoticeAdmin(EntityWindow):
    entity = "to_user__legal_entity"
    list_display = ["created_at", "called", "way", "about", "to_user", "standing", "attempts", "last_error"]
    list_select_related = ["to_user"]
    list_filter = [among("channel", _("channel"), ways), among("kind", _("kind"), KINDS.items)]
    search_fields = ["about"]
    search_help_text = _("The whole reference of a case")
    ordering = ["-pk"]
    fields = [
        "called",
        "way",
        "about",
        "to_user",
        "created_at",
        "due_at",
        "attempts",
        "sent_at",
        "read_at",
        "gave_up_at",
        "dropped_at",
        "last_error",
    ]
    readonly_fields = ["called", "way"]

    def within(self, request: HttpRequest) -> Q:
        """A notice goes to a colleague or to a customer of the entity."""
        own = entity_of(request)
        to_customers = Q(customer__legal_entity=own) if own else Q(pk__in=[])
        return super().within(request) | to_customers

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """Everybody's own; all of their legal entity for who reads the whole institution."""
        rows = super().get_queryset(request)
        return rows if rights_of(request.user).sees_all else rows.filter(to_user=request.user)  # type: ignore[arg-type, misc]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(about=search_term.strip().upper()) if search_term else queryset), False

    @admin.display(description=_("kind"), ordering="kind")
    def called(self, notice: Notice) -> Any:
        return KINDS.get(notice.kind, notice.kind)

    @admin.display(description=_("channel"), ordering="channel")
    def way(self, notice: Notice) -> Any:
        return channel_label(notice.channel)

    @admin.display(description=_("Standing"))
    def standing(self, notice: Notice) -> SafeString:
        if notice.gave_up_at:
            return badge(_("Not delivered"), "bad")
        if notice.read_at or notice.sent_at:
            return badge(_("Delivered"), "good")
        if notice.dropped_at:
            return badge(_("No longer owed"), "good")
        return badge(_("Waiting"), "warn")
