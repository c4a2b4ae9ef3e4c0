"""登记: a person takes a complaint in under their own name, and settles a simple one in the same form."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_http_methods
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from complaints.desk.acting import OF_REPRESENTATIVE, paper_of, representatives_of
from complaints.desk.beginning import COUNTERS, came_by
from complaints.desk.caller import known, who_speaks
from complaints.desk.forms import Control, controls, given, paired, typed
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.desk.units import name_units
from complaints.fields import CodeField, UnitCode
from complaints.models import Case, Nature, Touchpoint
from complaints.models.representative import AUTHORITY, CAPACITY, SEEN
from complaints.services.identifying import BY_WHAT
from complaints.services.registering import WhoSpeaks, home_of, register
from complaints.verbs import VERBS
from complaints.verbs.addressing import AddressField
from complaints.verbs.transferring import BODIES
from feedback.channels import intakes
from feedback.channels.base import Intake
from feedback.lookup import lookup_of
from organization.models import BusinessLine, User
from organization.rights import rights_of
from organization.services import business_line_of, complained_unit_of
from sqm_site.clock import trusted_now
from sqm_site.errors import DomainError, Invalid
from sqm_site.fields import (
    AwareDateTime,
    Input,
    StrictBoolean,
    StrictChar,
    StrictChoice,
    StrictDate,
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
    complained_unit = UnitCode(label=pgettext("fact", "Complained unit"), default="")
    customer_no = optional(_("Customer number"), 40)
    id_no = optional(_("ID number"), 40)
    touchpoint = StrictChoice(Touchpoint.choices, label=pgettext("fact", "Touchpoint"), required=False)
    product = optional(pgettext("fact", "Product"), 80)
    amount = StrictDecimal(
        label=pgettext("fact", "Amount"), max_digits=14, decimal_places=2, min_value=0, required=False
    )
    business_line = optional(_("Business line"), 40)
    named_staff = serializers.ListField(
        child=StrictChar(max_length=40), label=_("Staff named"), max_length=20, required=False
    )
    demand = CodeField("demand", label=_("Demand"), required=False)
    complainants = StrictInteger(label=_("Number of complainants"), min_value=1, max_value=100_000, required=False)
    complainant_type = CodeField("complainant_type", label=_("Complainant type"), required=False)
    identity = CodeField(BY_WHAT, label=_("Identity verified by"), required=False, allow_blank=True, default="")
    receipt_evidence = optional(_("What shows when it came in"), 120)
    urgent = StrictBoolean(label=_("Urgent"), default=False)
    body = CodeField(BODIES, label=_("Transferred by"), required=False, allow_blank=True, default="")
    number = optional(_("Number there"), 40)
    ordered_on = StrictDate(label=_("Answer ordered by"), required=False)
    answer_required = StrictBoolean(label=_("An answer is wanted"), default=True)
    capacity = CodeField(CAPACITY, label=_("Capacity"), required=False, allow_blank=True, default="")
    representative_name = optional(_("Name of the representative"), 100)
    representative_phone = AddressField("phone", label=_("Phone of the representative"))
    representative_email = AddressField("email", label=_("E-mail of the representative"))
    authority = CodeField(AUTHORITY, label=_("Paper of authority"), required=False, allow_blank=True, default="")
    signed_on = StrictDate(label=_("Day of the paper"), required=False)
    valid_until = StrictDate(label=_("Valid until"), required=False)
    elected = StrictChar(
        label=_("Elected by several: one a line, name and phone"),
        max_length=1_000,
        lines=True,
        required=False,
        allow_blank=True,
        default="",
    )
    seen = CodeField(SEEN, label=_("Seen as"), required=False, allow_blank=True, default="")
    kept_as = optional(_("Where the paper is kept: number of the file"), 120)
    identity_seen = StrictBoolean(label=_("Their identity document was seen, too"), default=False)


# What the folds hold: asked where it matters.
FOLDED = (
    "customer_no", "id_no", "business_line", "touchpoint", "product", "amount", "named_staff", "demand", "complainants",
    "complainant_type", "identity", "receipt_evidence", "urgent",
)  # fmt: skip
OF_TRANSFER = ("body", "number", "ordered_on", "answer_required")
FACTS = (
    "touchpoint", "product", "amount", "named_staff", "demand", "complainants", "complainant_type", "urgent",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
@desk_page
def register_page(request: StaffRequest) -> HttpResponse:
    if not rights_of(request.user).has("take_in"):
        raise PermissionDenied
    if request.method == "GET":
        begun = {"form": uuid4().hex, "method": "PHONE", "complained_unit": proposed_unit(request.user)}
        return form_page(request, begun | came_by("phone"), {}, "")
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
    at, channel = trusted_now(), intakes()[taken["channel"]]
    said = {name: taken[name] for name in ("channel", "nature", "subject")} | {
        "text": taken["words"],
        "customer": {name: taken[name] for name in CUSTOMER if taken[name]},
        "apart": taken.get("apart", False),
    }
    if taken.get("received_at"):
        said["occurred_at"] = taken["received_at"]
    return register(
        said,
        actor=request.user,
        form=request.POST.get("form", "")[:64],
        facts=facts_of(taken, request.user),
        settlement=settled,
        transfer=transfer_of(taken, channel),
        speaks=WhoSpeaks(representatives_of(taken), paper_of(taken), identity_of(taken)),
        evidence=evidence_of(taken, channel, at=at),
        at=at,
    )


def facts_of(taken: dict[str, Any], actor: User) -> dict[str, Any]:
    """The fields of the case. Raises Invalid for a code that is none."""
    facts = {name: taken[name] for name in FACTS if taken.get(name)}
    if taken["complained_unit"]:
        facts["complained_unit"] = complained_unit_of(actor.legal_entity_id, taken["complained_unit"])
    if taken["business_line"]:
        facts["business_line"] = business_line_of(taken["business_line"])
    return facts


def transfer_of(taken: dict[str, Any], channel: Intake) -> dict[str, Any] | None:
    """What a body outside passed on: whose number it is and by when it wants the answer. Raises Invalid."""
    body, number = taken["body"] or channel.body, taken["number"]
    if not (channel.transfers or number):
        return None
    wanted = {"body": body, "number": number}
    if taken["answer_required"]:
        wanted["ordered_on"] = taken.get("ordered_on")
    if lacking := [name for name, value in wanted.items() if not value]:
        raise Invalid({name: [str(_("A transfer needs it."))] for name in lacking})
    return {**wanted, "answer_required": taken["answer_required"]}


def identity_of(taken: dict[str, Any]) -> dict[str, str] | None:
    """The form of `verify_identity`, where whoever takes it in has asked who they are."""
    here = taken["channel"] == "counter"
    return {"identity": taken["identity"], "method": "IN_PERSON" if here else "PHONE"} if taken["identity"] else None


def evidence_of(taken: dict[str, Any], channel: Intake, *, at: datetime) -> str:
    """What shows the day of a letter that is older than today. Raises Invalid."""
    came: datetime = taken.get("received_at") or at
    evidence: str = taken["receipt_evidence"]
    if channel.evidence and not evidence and localdate(came) < localdate(at):
        wanted = _("It came in before today: write down what shows it ({evidence}).")
        raise Invalid({"receipt_evidence": [wanted.format(evidence=channel.evidence)]})
    return evidence


def proposed_unit(actor: User) -> str:
    """What comes in at a branch is mostly about that branch; a hotline for all of them asks."""
    unit = home_of(actor)
    return unit.code if unit.kind in COUNTERS else ""


def form_page(
    request: StaffRequest, values: dict[str, Any], errors: dict[str, Any], refusal: str, status: int = 200
) -> HttpResponse:
    settle = controls(SETTLE, values, errors) if rights_of(request.user).has("settle") else []
    taken = controls(Register, values, errors, {"business_line": lines()})
    name_units(taken, request.user.legal_entity_id)
    settle = [one for one in settle if one.name not in {also.name for also in taken}]
    elsewhere = set(errors) - {one.name for one in [*taken, *settle]}
    return framed(
        request,
        "desk/register.html",
        title=_("Register a case"),
        status=status,
        refusal=refusal or " ".join(str(word) for name in elsewhere for word in errors[name]),
        form=values.get("form", ""),
        known=known(request, values),
        asks_register=request.user.legal_entity is not None and lookup_of(request.user.legal_entity) is not None,
        answer=values.get("caller", ""),
        register=paired([one for one in taken if one.name not in {*FOLDED, *OF_TRANSFER, *OF_REPRESENTATIVE}]),
        folds=[fold(taken, names, title) for names, title in FOLDS],
        settle=free(paired(settle)),
    )


FOLDS = (
    (OF_TRANSFER, _("Transferred by a regulator or hotline")),
    (FOLDED, _("More about the customer and the matter")),
    (OF_REPRESENTATIVE, _("Somebody acts for the complainant")),
)


def fold(taken: list[Control], names: tuple[str, ...], title: Any) -> dict[str, Any]:
    """Some of the fields, shown when asked for and where one of them is wrong."""
    rows = [one for one in taken if one.name in names]
    filled = any(one.errors or (one.widget != "tick" and one.value) for one in rows)
    return {"title": title, "controls": paired(rows), "open": filled}


def lines() -> list[tuple[str, str]]:
    """Code and name of each business line, in the language of the reader."""
    return [(row.code, str(row)) for row in BusinessLine.objects.order_by("pk")]


def free(rows: list[Control]) -> list[Control]:
    """Only who settles fills these in: the server asks for them, the browser does not."""
    for row in rows:
        row.required = False
        row.starred = row.starred or row.name == "evidence"  # whoever settles on the phone has a recording
    return rows
