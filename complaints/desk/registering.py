"""登记: a person takes a complaint in under their own name, and settles a simple one in the same form."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_http_methods
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from complaints.desk.caller import known, who_speaks
from complaints.desk.casepage import came_by
from complaints.desk.forms import Control, controls, given, paired, typed
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.fields import CodeField
from complaints.models import Case, Nature
from complaints.services.registering import register
from complaints.verbs import VERBS
from feedback.channels import intakes
from organization.models import Unit, User
from organization.rights import rights_of
from sqm_site.clock import trusted_now
from sqm_site.errors import DomainError, Invalid
from sqm_site.fields import (
    AwareDateTime,
    Input,
    StrictBoolean,
    StrictChar,
    StrictChoice,
    StrictDecimal,
    StrictInteger,
)

CUSTOMER = ("name", "phone", "customer_no", "id_no")
SETTLE = VERBS["settle"].form


def optional(label: Any, most: int) -> StrictChar:
    return StrictChar(label=label, max_length=most, required=False, allow_blank=True, default="")


class Register(Input):
    channel = StrictChoice([(key, one.label) for key, one in intakes().items()], label=_("Channel"), default="phone")
    phone = optional(_("Phone"), 40)
    name = optional(_("Name"), 100)
    words = StrictChar(label=_("What the customer says"), max_length=100_000, lines=True)
    subject = optional(_("Subject"), 200)
    nature = StrictChoice(Nature.choices, label=_("Nature"), default=Nature.COMPLAINT)
    received_at = AwareDateTime(label=_("Received at"), not_after=timedelta(), required=False)
    customer_no = optional(_("Customer number"), 40)
    id_no = optional(_("ID number"), 40)
    product = optional(pgettext("fact", "Product"), 80)
    amount = StrictDecimal(
        label=pgettext("fact", "Amount"), max_digits=14, decimal_places=2, min_value=0, required=False
    )
    complained_unit = optional(_("Complained unit (code)"), 40)
    named_staff = serializers.ListField(
        child=StrictChar(max_length=40), label=_("Staff named"), max_length=20, required=False
    )
    demand = CodeField("demand", label=_("Demand"), required=False)
    complainants = StrictInteger(label=_("Number of complainants"), min_value=1, max_value=100_000, required=False)
    urgent = StrictBoolean(label=_("Urgent"), default=False)


# What a fold holds: asked where it matters.
FOLDED = (
    "customer_no",
    "id_no",
    "complained_unit",
    "product",
    "amount",
    "named_staff",
    "demand",
    "complainants",
    "urgent",
)
FACTS = ("product", "amount", "named_staff", "demand", "complainants", "complainant_type", "urgent")


@require_http_methods(["GET", "POST"])
@desk_page
def register_page(request: StaffRequest) -> HttpResponse:
    if not rights_of(request.user).has("take_in"):
        raise PermissionDenied
    if request.method == "GET":
        return form_page(request, {"form": uuid4().hex, "method": "PHONE", **came_by("phone")}, {}, "")
    try:
        taken = Register.read(given(Register, request.POST))
        taken |= who_speaks(request, taken)
        settled = SETTLE.read(given(SETTLE, request.POST)) if "settle" in request.POST else None
        case = register_from(request, taken, settled)
    except ValidationError as error:
        return form_page(request, typed(request.POST), dict(error.detail), "", status=400)  # type: ignore[arg-type]
    except Invalid as error:
        fields = {name.removeprefix("customer."): words for name, words in error.fields.items()}
        return form_page(request, typed(request.POST), fields, "", status=400)
    except DomainError as error:
        return form_page(request, typed(request.POST), {}, str(error), status=error.status_code)
    if not rights_of(request.user).reaches(case):
        said = _("{reference} is registered. It concerns you, so others go on with it.")
        if case.nature == Nature.TIP_OFF:
            said = _("{reference} is registered. Tip-offs are read by discipline alone.")
        messages.success(request, said.format(reference=case.reference))
        return redirect("desk:queue")
    return redirect("desk:case", case.reference)


def register_from(request: StaffRequest, taken: dict[str, Any], settled: dict[str, Any] | None) -> Case:
    """Raises DomainError; then nothing is stored."""
    said = {name: taken[name] for name in ("channel", "nature", "subject")} | {
        "text": taken["words"],
        "customer": {name: taken[name] for name in CUSTOMER if taken[name]},
        "apart": taken.get("apart", False),
    }
    if taken.get("received_at"):
        said["occurred_at"] = taken["received_at"]
    facts = {name: taken[name] for name in FACTS if taken.get(name)}
    if taken["complained_unit"]:
        facts["complained_unit"] = complained(taken["complained_unit"], request.user)
    form = request.POST.get("form", "")[:64]
    return register(said, actor=request.user, form=form, facts=facts, settlement=settled, at=trusted_now())


def complained(code: str, actor: User) -> Unit:
    """Raises Invalid: a unit of another legal entity is none."""
    unit = Unit.objects.filter(code=code, legal_entity_id=actor.legal_entity_id).first()
    if unit is None:
        raise Invalid({"complained_unit": [str(_("There is no unit with this code."))]})
    return unit


def form_page(
    request: StaffRequest, values: dict[str, Any], errors: dict[str, Any], refusal: str, status: int = 200
) -> HttpResponse:
    settle = controls(SETTLE, values, errors) if rights_of(request.user).has("settle") else []
    taken = controls(Register, values, errors)
    elsewhere = set(errors) - {one.name for one in [*taken, *settle]}
    return framed(
        request,
        "desk/register.html",
        title=_("Register a case"),
        status=status,
        refusal=refusal or " ".join(str(word) for name in elsewhere for word in errors[name]),
        form=values.get("form", ""),
        known=known(request, values),
        answer=values.get("caller", ""),
        register=paired([one for one in taken if one.name not in FOLDED]),
        folded=paired([one for one in taken if one.name in FOLDED]),
        folded_open=any(one.errors for one in taken if one.name in FOLDED),
        settle=free(paired(settle)),
    )


def free(rows: list[Control]) -> list[Control]:
    """Only who settles fills these in: the server asks for them, the browser does not."""
    for row in rows:
        row.required = False
        row.starred = row.starred or row.name == "evidence"  # whoever settles on the phone has a recording
    return rows
