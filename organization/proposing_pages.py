"""The list of what waits for a second person, and the page of one proposal: as it is, as it would be, yes or no."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Case, Field, Model, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from organization.configuration import EntityWindow, entity_of
from organization.models import Outcome, Proposal, User
from organization.proposing import grant
from organization.services import deciders, may_decide, refuse_proposal, withdraw_proposal
from sqm_site.adminui import badge
from sqm_site.errors import DomainError

TONES = {Outcome.WAITING: "warn", Outcome.GRANTED: "good", Outcome.REFUSED: "bad"}
NOTHING = "—"
NONE = SafeString('<span class="cf-none"></span>')  # the theme has no other way to show no number


@dataclass(frozen=True)
class Line:
    """One value that changes, in words."""

    label: str
    was: str
    now: str


def waiting(request: HttpRequest) -> Any:
    """How many proposals others have entered that wait, beside the entry of the menu. One query."""
    user = cast(User, request.user)
    others = Proposal.objects.open(timezone.now()).filter(legal_entity=entity_of(request)).exclude(asked_by=user)
    return others.exclude(concerns=user).count() or NONE


class ProposalAdmin(EntityWindow):
    shared = True
    list_display = ["title", "table", "asked_by", "asked_at", "expires_at", "standing"]
    list_select_related = ["asked_by"]
    list_filter = ["outcome"]
    search_fields = ["title"]
    ordering = [Case(When(outcome=Outcome.WAITING, then=Value(0)), default=Value(1)), "-asked_at"]

    def within(self, request: HttpRequest) -> Q:
        """Those of the group are decided in the group, and listed there alone."""
        entity = entity_of(request)
        return Q(legal_entity=entity) if entity else Q(legal_entity__isnull=True)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return super().get_queryset(request).select_related("asked_by", "decided_by")

    @admin.display(description=gettext_lazy("table"))
    def table(self, proposal: Proposal) -> str:
        return str(capfirst(apps.get_model(proposal.model)._meta.verbose_name))

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def standing(self, proposal: Proposal) -> SafeString:
        over = proposal.outcome == Outcome.WAITING and not proposal.is_open(timezone.now())
        outcome = Outcome.EXPIRED if over else Outcome(proposal.outcome)
        return badge(outcome.label, TONES.get(outcome, ""))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        proposal = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, proposal):
            raise PermissionDenied
        if proposal is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        if request.method == "POST":
            return self.decide(request, proposal)
        return self.page(request, proposal)

    def page(self, request: HttpRequest, proposal: Proposal) -> HttpResponse:
        user, is_open = cast(User, request.user), proposal.is_open(timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": proposal.title,
            "opts": self.opts,
            "proposal": proposal,
            "table": self.table(proposal),
            "standing": self.standing(proposal),
            "row_page": self.row_page(proposal),
            "is_new": proposal.details.get("added"),
            "parts": list(parts(proposal, self.admin_site)),
            "is_open": is_open,
            "mine": proposal.asked_by_id == user.pk,
            "may_decide": is_open and may_decide(user, proposal),
            "deciders": deciders(proposal) if is_open else [],
        }
        return TemplateResponse(request, "organization/proposal.html", context)

    def row_page(self, proposal: Proposal) -> str:
        if proposal.row is None:
            return ""
        return reverse(f"admin:{proposal.model.replace('.', '_')}_change", args=[proposal.row])

    def decide(self, request: HttpRequest, proposal: Proposal) -> HttpResponse:
        user, at = cast(User, request.user), timezone.now()
        reason = " ".join(request.POST.get("reason", "").split())
        try:
            match request.POST.get("decision"):
                case "grant":
                    grant(proposal.pk, actor=user, at=at, site=self.admin_site)
                    messages.success(request, _("Granted, and saved. It holds from now on."))
                case "refuse":
                    refuse_proposal(proposal.pk, actor=user, at=at, reason=reason)
                    messages.success(request, _("Refused. Nothing was changed."))
                case "withdraw":
                    withdraw_proposal(proposal.pk, actor=user, at=at)
                    messages.success(request, _("Withdrawn. Nothing was changed."))
                case _nothing:
                    messages.error(request, _("Choose what to do."))
        except DomainError as error:
            messages.error(request, str(error))
        return redirect(request.path)


def parts(proposal: Proposal, site: Any) -> Iterator[tuple[str, list[Line]]]:
    """The row, and each row of its inlines that comes, changes or goes: heading, lines."""
    model, details = apps.get_model(proposal.model), proposal.details
    table = site._registry[model]
    if lines := list(lines_of(model, table, details)):
        yield "", lines
    for inline in table.inlines:
        for change in details.get("rows", {}).get(inline.model._meta.model_name, []):
            yield heading(inline.model, change), list(lines_of(inline.model, inline, change, but=proposal.model))


def heading(model: type[Model], change: dict[str, Any]) -> str:
    name = str(capfirst(model._meta.verbose_name))
    if not change["was"]:
        return pgettext("row", "New: {name}").format(name=name)
    if not change["now"]:
        return pgettext("row", "Taken away: {name}").format(name=name)
    row = model._default_manager.filter(pk=change["id"]).first()
    return f"{name}: {row}" if row else name


def lines_of(model: type[Model], owner: Any, change: dict[str, Any], but: str = "") -> Iterator[Line]:
    """but: the table whose key in every row says nothing new."""
    was, now = change.get("was", {}), change.get("now", {})
    for name in dict.fromkeys([*now, *was]):
        try:
            field = cast("Field[Any, Any]", model._meta.get_field(name))
        except FieldDoesNotExist:
            continue
        above = field.is_relation and field.related_model._meta.label_lower == but  # type: ignore[union-attr]
        if field.primary_key or not field.editable or above:
            continue
        before, after = (words_of(field, owner, side[name]) if name in side else NOTHING for side in (was, now))
        yield Line(str(capfirst(field.verbose_name)), before, after)


def words_of(field: "Field[Any, Any]", owner: Any, value: Any) -> str:
    """A recorded value as people say it. owner: the table, which may know better (`said`: field -> words)."""
    own = getattr(owner, "said", {}).get(field.name)
    if value in (None, "", [], {}):
        return NOTHING
    if own is not None:
        return str(own(value))
    if field.is_relation:
        rows = field.related_model._default_manager.filter(pk__in=value if isinstance(value, list) else [value])  # type: ignore[union-attr]
        return "、".join(map(str, rows)) or str(value)
    choices = dict(getattr(getattr(field, "base_field", field), "flatchoices", None) or [])
    if isinstance(value, list):
        return "、".join(str(choices.get(one, one)) for one in value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(choices.get(value, localize(value)))
