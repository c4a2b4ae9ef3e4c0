"""登记: a person takes a complaint in under their own name, and settles a simple one in the same form."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from complaints.desk.forms import Control, controls, given, typed
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.models import Case, Nature
from complaints.services import deciding, ownership
from complaints.services.intake import Incoming, take_in
from complaints.services.moving import lock
from complaints.verbs import VERBS
from feedback.channels import intakes
from organization.models import Unit, User
from organization.rights import permissions, rights_of
from sqm_site.errors import DomainError, Invalid
from sqm_site.fields import Input, StrictChar, StrictChoice, StrictDecimal

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
    customer_no = optional(_("Customer number"), 40)
    id_no = optional(_("ID number"), 40)
    product = optional(pgettext("fact", "Product"), 80)
    amount = StrictDecimal(
        label=pgettext("fact", "Amount"), max_digits=14, decimal_places=2, min_value=0, required=False
    )


@require_http_methods(["GET", "POST"])
@desk_page
def register_page(request: StaffRequest) -> HttpResponse:
    if not rights_of(request.user).has("take_in"):
        raise PermissionDenied
    if request.method == "GET":
        return form_page(request, {"external_id": f"desk-{uuid4()}", "method": "PHONE"}, {}, "")
    try:
        taken = Register.read(given(Register, request.POST))
        settled = SETTLE.read(given(SETTLE, request.POST)) if "settle" in request.POST else None
        case = register(taken, settled, request.POST.get("external_id", "")[:128], actor=request.user)
    except ValidationError as error:
        return form_page(request, typed(request.POST), dict(error.detail), "", status=400)  # type: ignore[arg-type]
    except Invalid as error:
        fields = {name.removeprefix("customer."): words for name, words in error.fields.items()}
        return form_page(request, typed(request.POST), fields, "", status=400)
    except DomainError as error:
        return form_page(request, typed(request.POST), {}, str(error), status=error.status_code)
    if not rights_of(request.user).reaches(case):
        said = _("{reference} is registered. Tip-offs are read by discipline alone.")
        messages.success(request, said.format(reference=case.reference))
        return redirect("desk:queue")
    return redirect("desk:case", case.reference)


@transaction.atomic
def register(taken: dict[str, Any], settled: dict[str, Any] | None, external_id: str, *, actor: User) -> Case:
    """Take in, make it the actor's own where the actor works cases, settle if asked: all or nothing.

    external_id  made with the empty form: sent twice, it gives the same case
    Raises DomainError.
    """
    at, unit = timezone.now(), home_of(actor)
    customer = {name: taken[name] for name in CUSTOMER if taken[name]}
    body = {
        "channel": taken["channel"], "external_id": external_id, "nature": taken["nature"], "customer": customer,
        "subject": taken["subject"], "text": taken["words"],
    }  # fmt: skip
    received = take_in(
        Incoming(
            inbound=intakes()[taken["channel"]].receive(body, at=at),
            unit=unit,
            legal_entity=unit.legal_entity,
            brought_by=actor,
            facts={name: taken[name] for name in ("product", "amount") if taken.get(name)},
        ),
        at=at,
    )
    case = received.case
    if case is None or not received.fresh:
        return case  # type: ignore[return-value]  # there is text, so there is a case
    if settled is None and not rights_of(actor).reaches(case):
        return case  # a tip-off: discipline goes on from here
    case = lock(case.reference, actor)
    if rights_of(actor).allows("take_next", case):
        ownership.take(case, actor=actor, at=at)
    if settled is not None:
        deciding.settle(case.reference, actor=actor, at=at, **settled)
    return case


def home_of(actor: User) -> Unit:
    """The unit for which the actor registers: of the first role that may."""
    roles = permissions()["take_in"]
    return next(row.unit for row in rights_of(actor).memberships if row.unit and row.role in roles)


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
        external_id=values.get("external_id", ""),
        register=taken,
        settle=free(settle),
    )


def free(rows: list[Control]) -> list[Control]:
    """Only who settles fills these in: the server asks for them, the browser does not."""
    for row in rows:
        row.required = False
    return rows
