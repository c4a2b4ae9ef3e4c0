"""交接 as a page: somebody's open cases with their deadlines, given to others in one act with one reason."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from complaints.desk.forms import Control, controls, given, typed
from complaints.desk.listing import as_reference
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.desk.suggesting import picker
from complaints.desk.team import colleagues, people_in_scope
from complaints.desk.watching import as_watch_rows, watched
from complaints.models import Case
from complaints.services.handing import MOST, hand_over, in_the_hands_of
from complaints.verbs.ownership import Assign, Transfer
from organization.models import User
from organization.rights import rights_of

ALL = "all"  # what a button of the page says of which cases
SOMEWHERE = ("unit", "team", "to")


@require_http_methods(["GET", "POST"])
@desk_page
def hand_over_page(request: StaffRequest, username: str) -> HttpResponse:
    if not rights_of(request.user).has("assign"):
        raise PermissionDenied
    person = people_in_scope(request.user, timezone.now()).filter(username=username).first()
    if person is None:
        raise Http404(_("There is no such person in your area."))
    if request.method == "GET":
        return page(request, person)
    asked = offer_in(request, Transfer)
    if asked.refused:
        return page(request, person, errors=asked.errors, refusal=asked.refusal, status=400)
    if asked.given.get("to") == person.username:
        return page(request, person, refusal=_("Choose somebody else: these are the cases of this person."), status=400)
    chosen = None if request.POST.get("which") == ALL else asked.ticked
    if chosen == []:
        return page(request, person, refusal=_("Tick the cases that are to be handed over."), status=400)
    at = timezone.now()
    done = hand_over(person, lead=request.user, given=asked.given, at=at, chosen=chosen)
    return page(request, person, outcomes=done)


@dataclass(frozen=True)
class Offered:
    """What a page with ticked cases asks: to whom they go, and which they are."""

    given: dict[str, Any] = field(default_factory=dict)
    ticked: list[str] = field(default_factory=list)
    errors: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""

    @property
    def refused(self) -> bool:
        return bool(self.errors or self.refusal)


def offer_in(request: StaffRequest, form: type[Assign]) -> Offered:
    try:
        read = form.read(given(form, request.POST))
    except ValidationError as error:
        return Offered(errors=dict(error.detail))  # type: ignore[arg-type]
    if not any(read.get(name) for name in SOMEWHERE):
        return Offered(refusal=_("Say to which unit, team or person the case goes."))
    return Offered(read, [reference for one in request.POST.getlist("case") if (reference := as_reference(one))])


def page(
    request: StaffRequest, person: User, *, errors: Any = None, refusal: str = "", status: int = 200, **shown: Any
) -> HttpResponse:
    at = timezone.now()
    found = watched(in_the_hands_of(person, request.user)).order_by("next_due_at", "pk")[: MOST + 1]
    rows = as_watch_rows(found[:MOST], request.user, at)
    begin = typed(request.POST) if request.method == "POST" and "outcomes" not in shown else {}
    return framed(
        request,
        "desk/handover.html",
        title=_("Hand over: {person}").format(person=person),
        status=status,
        person=person,
        colleague=colleagues([person], request.user, at)[0],
        rows=rows,
        more=len(found) > MOST,
        most=MOST,
        waiting={row.case.pk for row in rows if row.case.offered_to_id not in {None, person.pk}},
        controls=fields(Transfer, rows[0].case if rows else None, begin, errors or {}),
        refusal=refusal,
        ticked=set(request.POST.getlist("case")) if begin else set(),
        **shown,
    )


def fields(form: type[Assign], case: Case | None, begin: dict[str, Any], errors: dict[str, Any]) -> list[Control]:
    """The fields of an offer; the box for all three asks by one of the cases for what fits."""
    made = controls(form, begin, errors)
    return [picker(made, case), *made] if case is not None else made
