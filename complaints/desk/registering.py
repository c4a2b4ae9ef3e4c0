"""登记: a person takes a complaint in under their own name, and settles a simple one in the same form."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from complaints.desk.forms import Control, controls, given, typed
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.models import Case, Nature
from complaints.services.registering import register
from complaints.verbs import VERBS
from feedback.channels import intakes
from organization.rights import rights_of
from sqm_site.clock import trusted_now
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
        return form_page(request, {"form": uuid4().hex, "method": "PHONE"}, {}, "")
    try:
        taken = Register.read(given(Register, request.POST))
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
    }
    facts = {name: taken[name] for name in ("product", "amount") if taken.get(name)}
    form = request.POST.get("form", "")[:64]
    return register(said, actor=request.user, form=form, facts=facts, settlement=settled, at=trusted_now())


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
        register=taken,
        settle=free(settle),
    )


def free(rows: list[Control]) -> list[Control]:
    """Only who settles fills these in: the server asks for them, the browser does not."""
    for row in rows:
        row.required = False
    return rows
