"""Who we are, kept by administrators; and the audit log, for those who look into it."""

from typing import Any

import django.contrib.auth.admin  # noqa: F401  registers groups, which nobody here uses
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from organization.configuration import EntityWindow, RecordedConfiguration, RecordedInline
from organization.forms import ApiClientForm, MembershipForm, PersonForm, RolesFormSet
from organization.models import ApiClient, BusinessLine, Membership, Proposal, Team, Unit, User
from organization.onetime import OneTimePassword
from organization.proposing_pages import ProposalAdmin
from organization.proposing_roles import RoleOfPerson, RolesOfPerson
from security.models import AuditRow
from sqm_site.adminui import badge, chosen, register

admin.site.unregister(Group)
admin.site.register(Proposal, ProposalAdmin)


@register(Unit)
class UnitAdmin(RecordedConfiguration):
    list_display = ["name", "code", "kind", "parent", "head", "receiver", "substitute", "region"]
    list_select_related = ["parent", "head", "receiver", "substitute"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent", "head", "receiver", "substitute"]
    fields = ["name", "code", "kind", "parent", "region", "head", "receiver", "substitute"]
    ordering = ["path"]

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> list[str]:
        return ["code", "parent"] if obj else []

    def get_form(self, request: HttpRequest, obj: Unit | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if not change:
            form.base_fields["parent"].required = True  # there is one root, and setup made it
        return form

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and obj.parent:
            obj.path = f"{obj.parent.path}{obj.pk}/"
            obj.save(update_fields=["path"])


@register(Team)
class TeamAdmin(RecordedConfiguration):
    list_display = ["name", "unit", "lead"]
    list_select_related = ["unit", "lead"]
    search_fields = ["name", "unit__name"]
    ordering = ["unit__path", "name"]
    autocomplete_fields = ["unit", "lead"]


@register(BusinessLine)
class BusinessLineAdmin(RecordedConfiguration):
    """The lines are those of the whole group."""

    entity = ""
    list_display = ["name", "code", "name_en"]


class MembershipInline(RecordedInline):
    """A role that ended keeps its row, with its last day."""

    model = Membership
    form = MembershipForm
    formset = RolesFormSet
    can_delete = False
    autocomplete_fields = ["unit", "team"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj != request.user and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody grants themselves a role."""
        return obj != request.user and super().has_change_permission(request, obj)


@register(User)
class UserAdmin(OneTimePassword, RolesOfPerson, RecordedConfiguration):
    """People. Nobody types a password for somebody else: the page gives out one for one use."""

    form = PersonForm
    list_display = ["display_name", "username", "email", "is_active", "absent_until", "last_login"]
    list_display_links = ["display_name", "username"]
    list_filter = ["is_active"]
    search_fields = ["username", "display_name"]
    ordering = ["username"]
    inlines = [MembershipInline]
    readonly_fields = ["must_change_password", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "display_name", "email"]}),
        (_("Access"), {"fields": ["is_active", "absent_until", "must_change_password", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "display_name", "email"]})]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(is_service=False).exclude(username=User.SYSTEM)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = obj.must_change_password = True
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """A new person cannot log in before they have a password: the next page gives it out."""
        response = super().response_add(request, obj, post_url_continue)
        plain = not {"_popup", "_continue", "_addanother"} & request.POST.keys()
        return redirect(reverse(self.password_page, args=[obj.pk])) if plain else response


@register(Membership)
class MembershipAdmin(RoleOfPerson, RecordedConfiguration):
    form = MembershipForm
    list_display = ["user", "role", "unit", "team", "business_line", "valid_from", "valid_until"]
    list_select_related = ["user", "unit", "team", "business_line"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__display_name", "unit__name"]
    autocomplete_fields = ["user", "unit", "team"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).filter(user__is_service=False)

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        own = obj is not None and obj.user_id == request.user.pk
        return not own and super().has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.exclude(username=request.user.get_username())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@register(ApiClient)
class ApiClientAdmin(RecordedConfiguration):
    """Keys are made by `manage.py create_client`, which shows them once; here they are limited and revoked."""

    form = ApiClientForm
    list_display = ["name", "unit", "shown_channels", "key_prefix", "last_used_at", "standing"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    fields = ["name", "key_prefix", "unit", "channels", "scopes", "default_nature", "per_minute", "expires_at"]
    readonly_fields = ["name", "key_prefix", "unit", "revoked_at"]
    shown_channels, shown_scopes = chosen("channels", _("channels")), chosen("scopes", _("scopes"))

    def get_fields(self, request: HttpRequest, obj: ApiClient | None = None) -> list[str]:
        standing = "revoke" if obj is None or self.has_change_permission(request, obj) else "revoked_at"
        return [*super().get_fields(request, obj), standing]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiClient | None = None) -> bool:
        revoked = obj is not None and obj.revoked_at is not None
        return not revoked and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: ApiClient, form: Any, change: bool) -> None:
        if form.cleaned_data.get("revoke"):
            obj.revoked_at = timezone.now()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("Standing"))
    def standing(self, client: ApiClient) -> SafeString:
        return badge(_("Revoked"), "bad") if client.revoked_at else badge(_("In use"), "good")


@register(AuditRow)
class AuditRowAdmin(EntityWindow):
    """Registered here and not in security, because the area of its reader is known here."""

    entity = "actor__legal_entity"
    list_display = ["at", "actor", "verb", "subject", "reason"]
    list_select_related = ["actor"]
    list_filter = ["verb"]
    search_fields = ["subject"]
    search_help_text = _("The whole subject, such as customer:17")
    ordering = ["-at", "-pk"]
    fields = ["at", "actor", "verb", "subject", "reason", "written_details", "sequence", "hash"]
    readonly_fields = ["written_details"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The index is on the whole subject; parts of it would read the whole log."""
        return (queryset.filter(subject=search_term.strip()) if search_term else queryset), False

    @admin.display(description=_("details"))
    def written_details(self, row: AuditRow) -> SafeString:
        return format_html("<code>{}</code>", row.details)
