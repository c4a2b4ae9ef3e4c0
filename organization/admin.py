"""Who we are, kept by administrators; and the audit log, for those who look into it."""

from typing import Any, cast

import django.contrib.auth.admin  # noqa: F401  registers groups, which nobody here uses
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from organization.configuration import EntityWindow, RecordedConfiguration, RecordedInline, entity_of
from organization.forms import AbsenceForm, MembershipForm, PersonForm, RolesFormSet, UnitForm
from organization.logins import UNKNOWN
from organization.models import Absence, ApiClient, BusinessLine, Membership, Partner, Proposal, Team, Unit, User
from organization.onetime import OneTimePassword
from organization.proposing_pages import ProposalAdmin
from organization.proposing_roles import RoleOfPerson, RolesOfPerson
from organization.recording import picture
from organization.revoking import Revoking
from organization.services import add_unit, keep_unit
from organization.unlocking import Unlocking
from security.models import AuditRow, Kind
from sqm_site.adminui import badge, chosen, register
from sqm_site.errors import Invalid

admin.site.unregister(Group)
admin.site.register(Proposal, ProposalAdmin)


@register(Unit)
class UnitAdmin(RecordedConfiguration):
    form = UnitForm
    list_display = ["name", "code", "kind", "parent", "head", "receiver", "substitute", "region"]
    list_select_related = ["parent", "head", "receiver", "substitute"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    spelled = "name"
    autocomplete_fields = ["parent", "head", "receiver", "substitute"]
    fields = ["name", "code", "kind", "parent", "region", "head", "receiver", "substitute"]
    ordering = ["path"]

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> list[str]:
        if obj is None:
            return []
        return ["code", "parent"] if obj.is_root else ["code"]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where somebody else moved a unit meanwhile, the form could not know; nothing was saved then."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Invalid as error:
            messages.error(request, " ".join(told for one in error.fields.values() for told in one))
            return redirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        """The services keep the paths of the tree, and move a unit that has another parent now."""
        form.was = picture(obj) if change else {}
        if change:
            keep_unit(obj)
        else:
            add_unit(obj)


@register(Team)
class TeamAdmin(RecordedConfiguration):
    list_display = ["name", "unit", "lead"]
    list_select_related = ["unit", "lead"]
    search_fields = ["name", "unit__name"]
    spelled = "name"
    ordering = ["unit__path", "name"]
    autocomplete_fields = ["unit", "lead"]


@register(Partner)
class PartnerAdmin(RecordedConfiguration):
    list_display = ["name", "code", "kind", "unit", "active"]
    list_select_related = ["unit"]
    list_filter = ["kind", "active"]
    search_fields = ["name", "code"]
    spelled = "name"
    ordering = ["name", "pk"]
    autocomplete_fields = ["unit"]

    def get_readonly_fields(self, request: HttpRequest, obj: Partner | None = None) -> list[str]:
        return ["code"] if obj else []


@register(BusinessLine)
class BusinessLineAdmin(RecordedConfiguration):
    """The lines are those of the whole group."""

    entity = ""
    list_display = ["name", "code", "name_en", "category"]


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
class UserAdmin(OneTimePassword, Unlocking, RolesOfPerson, RecordedConfiguration):
    """People. Nobody types a password for somebody else: the page gives out one for one use."""

    form = PersonForm
    list_display = ["display_name", "username", "staff_number", "email", "is_active", "last_login"]
    list_display_links = ["display_name", "username"]
    list_filter = ["is_active"]
    search_fields = ["username", "display_name", "staff_number"]
    spelled = "display_name"
    ordering = ["username"]
    inlines = [MembershipInline]
    readonly_fields = ["must_change_password", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "display_name", "staff_number", "email"]}),
        (_("Access"), {"fields": ["is_active", "must_change_password", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "display_name", "staff_number", "email"]})]

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


@register(Absence)
class AbsenceAdmin(RecordedConfiguration):
    """请假与代班. Whoever leads a team keeps those of its people on the desk; here are those of the institution."""

    form = AbsenceForm
    list_display = ["user", "since", "until", "substitute", "recorded_by", "ended_at"]
    list_select_related = ["user", "substitute", "recorded_by"]
    search_fields = ["user__username", "user__display_name"]
    autocomplete_fields = ["user", "substitute"]
    ordering = ["-since", "-pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Absence | None = None) -> list[str]:
        return ["user", "since"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Absence | None = None) -> bool:
        settled = obj is not None and (obj.user_id == request.user.pk or obj.back_at <= timezone.now())
        return not settled and super().has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.exclude(username=request.user.get_username())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Absence, form: Any, change: bool) -> None:
        if not change:
            obj.recorded_by, obj.recorded_at = cast(User, request.user), timezone.now()
        super().save_model(request, obj, form, change)


@register(ApiClient)
class ApiClientAdmin(Revoking, RecordedConfiguration):
    """Keys are made by `manage.py create_client`, which shows them once; here they are limited and revoked."""

    list_display = ["name", "unit", "shown_channels", "key_prefix", "last_used_at", "standing"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    fields = [
        "name", "key_prefix", "unit", "channels", "scopes", "default_nature", "per_minute", "expires_at", "revoked_at",
    ]  # fmt: skip
    readonly_fields = ["name", "key_prefix", "unit", "revoked_at"]
    shown_channels, shown_scopes = chosen("channels", _("channels")), chosen("scopes", _("scopes"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiClient | None = None) -> bool:
        revoked = obj is not None and obj.revoked_at is not None
        return not revoked and super().has_change_permission(request, obj)

    @admin.display(description=_("Standing"))
    def standing(self, client: ApiClient) -> SafeString:
        return badge(_("Revoked"), "bad") if client.revoked_at else badge(_("In use"), "good")


class KindFilter(admin.SimpleListFilter):
    """By the words of Kind; what only a command wrote (the demonstration) is in the list and in no filter."""

    title = _("action")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return Kind.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@register(AuditRow)
class AuditRowAdmin(EntityWindow):
    """Registered here and not in security, because the area of its reader is known here."""

    entity = "actor__legal_entity"
    list_display = ["at", "actor", "kind", "subject", "reason"]
    list_select_related = ["actor"]
    list_filter = [KindFilter]
    search_fields = ["subject"]
    search_help_text = _("The whole subject, such as customer:17")
    ordering = ["-at", "-pk"]
    fields = ["at", "actor", "kind", "subject", "reason", "written_details", "sequence", "hash"]
    readonly_fields = ["kind", "written_details"]

    def within(self, request: HttpRequest) -> Q:
        """Those of their people; and of the system what was done to their entity at the console, and who knocked."""
        rows, own = super().within(request), entity_of(request)
        if own is None:
            return rows
        return rows | Q(actor__username=User.SYSTEM) & (Q(details__entity=own) | Q(subject=UNKNOWN))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The index is on the whole subject; parts of it would read the whole log."""
        return (queryset.filter(subject=search_term.strip()) if search_term else queryset), False

    @admin.display(description=_("action"), ordering="verb")
    def kind(self, row: AuditRow) -> str:
        return str(dict(Kind.choices).get(row.verb, row.verb))

    @admin.display(description=_("details"))
    def written_details(self, row: AuditRow) -> SafeString:
        return format_html("<code>{}</code>", row.details)
