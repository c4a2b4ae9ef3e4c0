"""What was sent, and what could not be: a window on the notices."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from feedback.models import Notice
from organization.configuration import EntityWindow, entity_of
from organization.rights import rights_of
from sqm_site.adminui import badge, register


@register(Notice)
class NoticeAdmin(EntityWindow):
    entity = "to_user__legal_entity"
    list_display = ["created_at", "kind", "channel", "about", "to_user", "standing", "attempts", "last_error"]
    list_select_related = ["to_user"]
    list_filter = ["channel", "kind"]
    search_fields = ["about"]
    search_help_text = _("The whole reference of a case")
    ordering = ["-pk"]
    fields = [
        "kind",
        "channel",
        "about",
        "to_user",
        "created_at",
        "due_at",
        "attempts",
        "sent_at",
        "read_at",
        "gave_up_at",
        "last_error",
    ]

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

    @admin.display(description=_("Standing"))
    def standing(self, notice: Notice) -> SafeString:
        if notice.gave_up_at:
            return badge(_("Not delivered"), "bad")
        if notice.read_at or notice.sent_at:
            return badge(_("Delivered"), "good")
        return badge(_("Waiting"), "warn")
