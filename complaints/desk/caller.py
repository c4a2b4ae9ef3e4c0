"""Whose number it is: asked while it is typed, so that nobody hears of the matters of whoever shares a phone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from complaints.desk.contacts import VALUES
from complaints.desk.shell import StaffRequest, desk_page, fragment
from complaints.models import Case
from feedback import services as feedback
from feedback.models import KEYS, Customer
from feedback.services.customers import find
from organization.limits import allow_person
from organization.rights import rights_of
from security.blind import name_index
from security.reads import opened
from sqm_site.errors import Invalid

MOST = 30  # looks a minute: who takes calls needs few, who tries numbers needs many
SHOWN = 3  # of the open cases
ASKED_FOR = ("name", "phone", "customer_no", "id_no")  # of the fields of the form
SELF, ACTING, NEW = "self", "representative", "new"
ANSWERS = (
    (SELF, gettext_lazy("Yes, it is the same person")),
    (ACTING, gettext_lazy("No: somebody who acts for this person")),
    (NEW, gettext_lazy("No: somebody else, a new customer")),
)


@dataclass(frozen=True)
class Known:
    """Whom we know by what was typed, so that nobody asks again (Art. 13). Masked; to see more takes a reason."""

    customer: Customer
    cases: QuerySet[Case]

    @property
    def held(self) -> list[tuple[Any, str]]:
        """What we have of them, masked: nobody asks for it again (Art. 13)."""
        values = [(VALUES[name], getattr(self.customer, name)) for name in ASKED_FOR]
        return [(label, value.masked) for label, value in values if value.present]

    @property
    def lacking(self) -> list[Any]:
        return [VALUES[name] for name in ASKED_FOR if not getattr(self.customer, name).present]

    @property
    def answers(self) -> tuple[tuple[str, Any], ...]:
        return ANSWERS


@require_POST
@desk_page
def caller(request: StaffRequest) -> HttpResponse:
    """Who is known by the number, and the question who speaks. Each look at somebody stands on record."""
    at = timezone.now()
    if not rights_of(request.user).has("take_in"):
        raise PermissionDenied
    if not allow_person(request.user.pk, "caller", most=MOST, at=at):
        return fragment(request, "desk/_caller.html", status=429, tired=True)
    found = known(request, {"phone": request.POST.get("phone", "")})
    if found is not None:
        opened(f"customer:{found.customer.pk}", actor=request.user, at=at)
    return fragment(request, "desk/_caller.html", known=found, answer=request.POST.get("caller", ""))


def known(request: StaffRequest, given: Mapping[str, str]) -> Known | None:
    """The one customer of the legal entity whom the keys name."""
    entity = request.user.legal_entity
    try:
        indexes = feedback.key_indexes({name: given.get(name, "").strip() for name in KEYS})
    except Invalid:
        return None  # a number that is not typed to its end
    customer = find(indexes, entity) if entity is not None else None
    if customer is None:
        return None
    own = Case.objects.visible_to(request.user).filter(customer=customer)
    return Known(customer, own.open().order_by("-received_at", "-pk")[:SHOWN])


def who_speaks(request: StaffRequest, taken: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer to the question makes of the form. Raises Invalid where it has to be asked first.

    It has to where a known customer would get words that somebody of another name has said.
    """
    answer = request.POST.get("caller", "")
    if answer == NEW:
        return {"apart": True}
    if answer == ACTING:
        return {"complainant_type": "REPRESENTATIVE"}
    found = known(request, taken) if answer != SELF and taken["name"] else None
    if found is None or found.customer.name_index in {"", name_index(taken["name"])}:
        return {}
    raise Invalid({"phone": [_("We know this number under another name: say who is speaking.")]})
