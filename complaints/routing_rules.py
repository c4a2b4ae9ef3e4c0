"""The table of routing rules (路由规则): what is entered is tried on the cases of a month before anybody saves it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models import RoutingRule
from complaints.services.routing import stored_rules
from complaints.services.taxonomy import CATEGORY_B, codes
from complaints.services.trying import MOST, trial
from organization.configuration import RecordedConfiguration, entity_of
from organization.models import ClientChannel, Nature
from organization.scope import area
from sla.versions import VersionsAdmin
from sqm_site.adminui import action

TRY = "_try"  # the button that saves nothing
OWN_WAYS = {ClientChannel.REGULATOR.value, Nature.TIP_OFF.value}
WHAT_THEY_DO = gettext_lazy("What these rules do")


class OfACategory(forms.ModelForm):
    """A rule that may ask for a business category, by how its code begins."""

    def clean_category(self) -> str:
        category: str = self.cleaned_data["category"].strip()
        if category and not any(code.startswith(category) for code in codes(CATEGORY_B)):
            raise ValidationError(_("No category begins so. Choose a code of the list, or its beginning."))
        return category


class RoutingRuleForm(OfACategory):
    class Meta:
        model = RoutingRule
        fields = [
            "key", "position", "channel", "nature", "level", "business_line", "category", "complained_unit", "unit",
            "team", "by_load", "effective_from", "effective_to",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"channel", "nature"} & self.fields.keys():
            choices: Any = self.fields[name]
            choices.choices = [one for one in choices.choices if one[0] not in OWN_WAYS]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        unit, team = given.get("unit"), given.get("team")
        if unit and team and team.unit_id != unit.pk:
            self.add_error("team", _("This team belongs to another unit. Choose one of the unit, or leave it empty."))
        return given


class RoutingRuleAdmin(RecordedConfiguration):
    """By which rules cases go to units and teams. Another administrator decides each change."""

    form = RoutingRuleForm
    always_second = True
    asks_why = VersionsAdmin.asks_why
    change_form_after_template = "complaints/try_rule.html"
    actions_list = ["what_they_do"]
    list_display = ["position", "key", "channel", "nature", "business_line", "category", "unit", "team", "effective_to"]
    list_display_links = ["key"]
    list_select_related = ["business_line", "unit", "team"]
    autocomplete_fields = ["complained_unit", "unit", "team"]
    ordering = ["position", "pk"]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST" and TRY in request.POST:
            entered = self.as_typed(request, object_id)
            if entered is not None:
                others = stored_rules(entered.legal_entity_id).exclude(pk=entered.pk)
                return self.tried(request, [*others, entered])
        return super().changeform_view(request, object_id, *args, **kwargs)

    def as_typed(self, request: HttpRequest, object_id: str | None) -> RoutingRule | None:
        """The rule as it stands in the form, not saved. None: the page says what is wrong with it."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if not (self.has_change_permission(request, row) if row else self.has_add_permission(request)):
            raise PermissionDenied
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        return form.save(commit=False) if form.is_valid() else None

    @action(description=WHAT_THEY_DO, url_path="what-they-do", permissions=["view"], icon="alt_route")
    def what_they_do(self, request: HttpRequest) -> HttpResponse:
        entity = entity_of(request)
        return self.tried(request, stored_rules(entity) if entity else [])

    def tried(self, request: HttpRequest, rules: Iterable[RoutingRule]) -> HttpResponse:
        at, user, entity = timezone.now(), request.user, entity_of(request)
        today = timezone.localdate(at)
        lasting = [rule for rule in rules if rule.effective_to is None or rule.effective_to >= today]
        lasting.sort(key=lambda rule: (rule.position, rule.pk or float("inf")))
        rows = trial(lasting, entity, at=at, readable=area(user)) if entity else []  # type: ignore[arg-type]
        context = {"title": WHAT_THEY_DO, "opts": self.opts, "rows": rows, "most": MOST}
        frame = self.admin_site.each_context(request)
        return TemplateResponse(request, "complaints/tried.html", {**frame, **context})
