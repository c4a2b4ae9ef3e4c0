"""Who we are, kept by administrators; and the audit log, for those who look into it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from organization.models import ApiClient, BusinessLine, Membership, Team, Unit, User
from organization.rights import rights_of
from security.configuration import RecordedConfiguration
from security.models import AuditRow
from sqm_site.adminui import (
    AdminPasswordChangeForm,
    ConfigurationInline,
    UserChangeForm,
    UserCreationForm,
    Window,
    badge,
    register,
)


def entity_of(request: HttpRequest) -> int | None:
    return rights_of(request.user).legal_entity_id  # type: ignore[arg-type]


def of_other_entities(request: HttpRequest) -> QuerySet[Membership]:
    """Nothing crosses a legal entity; somebody who has no role yet belongs to none."""
    return Membership.objects.exclude(unit__legal_entity_id=entity_of(request))


@register(Unit)
class UnitAdmin(RecordedConfiguration):
    list_display = ["name", "code", "kind", "parent", "receiver", "substitute", "region"]
    list_select_related = ["parent", "receiver", "substitute"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent", "receiver", "substitute"]
    fields = ["name", "code", "kind", "parent", "region", "receiver", "substitute"]
    ordering = ["path"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unit]:
        return super().get_queryset(request).filter(legal_entity_id=entity_of(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> list[str]:
        return ["code", "parent"] if obj else []

    def get_form(self, request: HttpRequest, obj: Unit | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if not change:
            form.base_fields["parent"].required = True  # there is one root, and setup made it
        return form

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        parent = None if change else obj.parent
        if parent:
            obj.legal_entity_id = parent.legal_entity_id
        super().save_model(request, obj, form, change)
        if parent:
            obj.path = f"{parent.path}{obj.pk}/"
            obj.save(update_fields=["path"])


@register(Team)
class TeamAdmin(RecordedConfiguration):
    list_display = ["name", "unit", "lead"]
    list_select_related = ["unit", "lead"]
    search_fields = ["name", "unit__name"]
    autocomplete_fields = ["unit", "lead"]

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        obj.legal_entity_id = obj.unit.legal_entity_id
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return super().get_queryset(request).filter(unit__legal_entity_id=entity_of(request))


@register(BusinessLine)
class BusinessLineAdmin(RecordedConfiguration):
    list_display = ["name", "code", "name_en"]


class MembershipInline(ConfigurationInline):
    """A role that ended keeps its row, with its last day."""

    model = Membership
    can_delete = False
    autocomplete_fields = ["unit", "team"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj != request.user and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody grants themselves a role."""
        return obj != request.user and super().has_change_permission(request, obj)


@register(User)
class UserAdmin(DjangoUserAdmin, RecordedConfiguration):  # type: ignore[misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["display_name", "username", "email", "is_active", "absent_until", "last_login"]
    list_display_links = ["display_name", "username"]
    list_filter = ["is_active"]
    search_fields = ["username", "display_name"]
    ordering = ["username"]
    filter_horizontal = ()
    inlines = [MembershipInline]
    readonly_fields = ["last_login"]
    fieldsets = [
        (None, {"fields": ["username", "display_name", "email", "password"]}),
        (_("Access"), {"fields": ["is_active", "absent_until", "must_change_password", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "display_name", "email", "password1", "password2"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request).filter(is_service=False).exclude(username=User.SYSTEM)
        return people.exclude(pk__in=of_other_entities(request).values("user"))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = obj.must_change_password = True
            obj.legal_entity_id = entity_of(request)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for membership in formset.save(commit=False):
            membership.legal_entity_id = membership.unit.legal_entity_id if membership.unit else None
        super().save_formset(request, form, formset, change)


@register(Membership)
class MembershipAdmin(RecordedConfiguration):
    list_display = ["user", "role", "unit", "team", "business_line", "valid_from", "valid_until"]
    list_select_related = ["user", "unit", "team", "business_line"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__display_name", "unit__name"]
    autocomplete_fields = ["user", "unit", "team"]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        obj.legal_entity_id = obj.unit.legal_entity_id if obj.unit else None
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).filter(unit__legal_entity_id=entity_of(request), user__is_service=False)

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

    list_display = ["name", "unit", "channels", "key_prefix", "last_used_at", "standing"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    fields = [
        "name",
        "key_prefix",
        "unit",
        "channels",
        "scopes",
        "default_nature",
        "per_minute",
        "expires_at",
        "revoked_at",
    ]
    readonly_fields = ["name", "key_prefix", "unit"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiClient]:
        return super().get_queryset(request).filter(legal_entity_id=entity_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("Standing"))
    def standing(self, client: ApiClient) -> SafeString:
        return badge(_("Revoked"), "bad") if client.revoked_at else badge(_("In use"), "good")


@register(AuditRow)
class AuditRowAdmin(Window):
    """Registered here and not in security, because the area of its reader is known here."""

    list_display = ["at", "actor", "verb", "subject", "reason"]
    list_select_related = ["actor"]
    list_filter = ["verb"]
    search_fields = ["subject"]
    search_help_text = _("The whole subject, such as customer:17")
    ordering = ["-at", "-pk"]
    fields = ["at", "actor", "verb", "subject", "reason", "written_details", "sequence", "hash"]
    readonly_fields = ["written_details"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditRow]:
        return super().get_queryset(request).exclude(actor__in=of_other_entities(request).values("user"))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The index is on the whole subject; parts of it would read the whole log."""
        return (queryset.filter(subject=search_term.strip()) if search_term else queryset), False

    @admin.display(description=_("details"))
    def written_details(self, row: AuditRow) -> SafeString:
        return format_html("<code>{}</code>", row.details)
