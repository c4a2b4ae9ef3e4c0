"""Reading cases and using verbs on them."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from complaints import reading
from complaints.api.contract import REFERENCE, VerbContract
from complaints.api.events import EventOut, event_rows
from complaints.api.filters import CaseFilter
from complaints.api.out import CaseFullOut, CaseOut, ClockOut, StayOut, case_full, case_rows, clock_row, stay_row
from complaints.errors import WrongReference
from complaints.fields import CodeField
from complaints.models import Case, Level, Nature, State, with_rounds
from complaints.services.reference import parse
from complaints.services.staying import stays_of
from complaints.services.taxonomy import CATEGORY_B, REASON_C
from complaints.verbs import VERBS, allowed_verbs
from feedback.channels import intakes
from organization.authentication import actor_of
from organization.doors import IdempotentDoor, LimitedDoor, scope_required
from organization.models import ApiClient
from organization.refusals import refused
from organization.rights import rights_of
from security.reads import opened
from sqm_site.contract import IDEMPOTENCY_KEY, IF_MATCH
from sqm_site.errors import ETAG, Forbidden, Invalid, NotFound
from sqm_site.fields import AwareDateTime, Input, StrictChar, StrictChoice, number
from sqm_site.pagination import KeysetPagination, chosen_ordering

# Of a case whoever is asked about it does not see: who complains, what was written, what else hangs on it.
HANGING = ("external_references", "representatives", "redress", "promises", "letters", "links")
UNSEEN: dict[str, Any] = {"customer": None, "text": "", **{name: [] for name in HANGING}}
SHOWN = ("owner", "offered_to", "handling_unit", "team", "business_line")
PAGING = ("cursor", "page_size", "ordering")


def name_of(kind: str, most: int, said: str) -> StrictChar:
    """A filter by a name; one that nobody has finds nothing."""
    return StrictChar(max_length=most, format=kind, required=False, allow_blank=True, help_text=said)


class CaseQuery(Input):
    """The filters of the list. Times in an address need their `+` written as %2B."""

    state = serializers.ListField(
        child=StrictChoice(State.choices), required=False, max_length=len(State), help_text="Repeat it for several."
    )
    nature = StrictChoice(Nature.choices, required=False)
    level = StrictChoice(Level.choices, required=False)
    owner = name_of("user-name", 150, "User name of the owner.")
    team = name_of("team-name", 100, "Name of the team.")
    unit = name_of("unit-code", 40, "Code of the handling unit.")
    channel = StrictChoice([(key, one.label) for key, one in intakes().items()], required=False)
    business_line = name_of("business-line-code", 40, "Code of the business line.")
    category = CodeField(CATEGORY_B, required=False)
    reason = CodeField(REASON_C, required=False)
    without_rule = StrictChoice(
        [("true", "true")], required=False, help_text="Those that came in while no deadline rule applied to them."
    )
    pressed = StrictChoice(
        [("true", "true")], required=False, help_text="Those that were chased three times within seven days."
    )
    due_before = AwareDateTime(required=False, help_text="The next deadline lies before this moment.")
    received_from = AwareDateTime(required=False)
    received_to = AwareDateTime(required=False, help_text="The first moment that does not count.")
    q = StrictChar(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text=(
            "Words of its texts; a client finds those it sent. Where all of them are common, the newest 10,000 cases "
            "are looked through, or the newest before `received_to`."
        ),
    )


class CaseListView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    pagination_class = KeysetPagination
    orderings = ("-received_at", "next_due_at")

    @extend_schema(
        operation_id="list_cases",
        tags=["cases"],
        summary="List cases",
        description=(
            "The cases you may see: of a client, those it brought in. Newest first, or open ones by the next deadline. "
            "Follow `next` until it is null: one page looks through 50,000 cases for those that fit, and may be short "
            "or empty while there are more. A filter that does not exist is refused."
        ),
        responses=CaseOut(many=True),
        parameters=[CaseQuery],
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        given = {name: asked.getlist(name) if name == "state" else asked[name] for name in asked if name not in PAGING}
        CaseQuery.read(given)
        chosen = CaseFilter(asked, queryset=Case.objects.all(), request=request)
        if not chosen.is_valid():
            raise Invalid({name: [str(word) for word in words] for name, words in chosen.errors.items()})
        rows = Case.objects.select_related(*SHOWN)
        pages = reading.InArea(actor_of(request), rows)
        pages.near = chosen.near(chosen_ordering(request, self.orderings))
        page = pages.paginate_queryset(chosen.qs, request, view=self)
        return pages.get_paginated_response(case_rows(with_rounds(page), to_program=is_program(request)))


class CaseView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    parameters = (REFERENCE,)
    answers = ("ETag",)

    @extend_schema(
        operation_id="read_case",
        tags=["cases"],
        summary="Read a case",
        description=(
            "The case, the verbs you may use on it now, and why not the others. Send its ETag as If-Match with a verb."
        ),
        responses=CaseFullOut,
    )
    def get(self, request: Request, reference: str) -> Response:
        case = reached(request, reference)
        body = full(request, case)
        return Response(body, headers={"ETag": etag(body["version"])})


class VerbView(IdempotentDoor, APIView):
    """Use a verb on a case. 404 out of scope, 412 stale, 409 wrong state, 403 no right, 422 gate, in this order."""

    permission_classes = [scope_required("cases:act")]
    schema = VerbContract()
    verb = ""
    parameters = (REFERENCE, IDEMPOTENCY_KEY, IF_MATCH)
    answers = ("ETag", "Replayed")
    refusals = (409, 412, 422)

    @extend_schema(responses=CaseFullOut)
    def post(self, request: Request, reference: str) -> HttpResponse:
        try:
            return self.once(request, partial(self.use, request, reference))
        except Forbidden as error:  # which comes after 404: the case is theirs to see
            refused(request, f"case:{parse(reference)}", verb=self.verb, code=error.code)
            raise

    def use(self, request: Request, reference: str) -> tuple[int, dict[str, Any]]:
        chosen, seen = VERBS[self.verb], if_match(request)
        given = chosen.form.read(request.data or {})
        used = chosen.run(parse_or_missing(reference), actor=actor_of(request), version=seen, **given)
        kept = rights_of(actor_of(request)).reaches(used)  # not of who named themselves, or sent it elsewhere
        case = reached(request, reference) if kept else used
        body = full(request, case)
        return 200, body if kept or not chosen.by_asked else body | UNSEEN

    def headers_of(self, body: Mapping[str, Any]) -> dict[str, str]:
        return {"ETag": etag(body["version"])}


class TimelineView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    pagination_class = KeysetPagination
    orderings = ("-sequence",)
    parameters = (REFERENCE,)

    @extend_schema(
        operation_id="list_events",
        tags=["cases"],
        summary="What happened to a case",
        description="The events of the case, newest first. People stand by their user names, units by their codes.",
        responses=EventOut(many=True),
    )
    def get(self, request: Request, reference: str) -> Response:
        events = reached(request, reference).events.select_related("actor")
        pages = self.pagination_class()
        page = pages.paginate_queryset(events, request, view=self)
        return pages.get_paginated_response(event_rows(page, actor_of(request)))


class ClocksView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    parameters = (REFERENCE,)

    @extend_schema(
        operation_id="list_clocks",
        tags=["cases"],
        summary="Why it is due then",
        description="All clocks of all rounds; `provenance` tells how each deadline was reached.",
        responses=ClockOut(many=True),
    )
    def get(self, request: Request, reference: str) -> Response:
        at: datetime = timezone.now()
        case = reached(request, reference)
        clocks = case.clocks.select_related("round").order_by("round__number", "due_at")
        return Response([clock_row(clock, case, at) for clock in clocks])


class StaysView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    parameters = (REFERENCE,)

    @extend_schema(
        operation_id="list_stays",
        tags=["cases"],
        summary="Where a case lay",
        description=(
            "With whom and in which unit the case lay, oldest first and without a gap: how long, and how it left them."
        ),
        responses=StayOut(many=True),
    )
    def get(self, request: Request, reference: str) -> Response:
        case = reached(request, reference)
        return Response([stay_row(stay) for stay in stays_of(case, at=timezone.now())])


def reached(request: Request, reference: str) -> Case:
    """The case, if it is in the area of who asks. That they opened it stands on record."""
    rows = Case.objects.select_related(*SHOWN, "customer", "complained_unit", "partner")
    case = reading.reached(rows, parse_or_missing(reference), actor_of(request))
    if case is None:
        raise NotFound(what=reference[:40])
    opened(f"case:{case.reference}", actor=actor_of(request), at=timezone.now(), monthly=is_program(request))
    return case


def is_program(request: Request) -> bool:
    return isinstance(request.auth, ApiClient)


def full(request: Request, case: Case) -> dict[str, Any]:
    reader = actor_of(request)
    return case_full(case, reader, *allowed_verbs(case, reader), to_program=is_program(request))


def parse_or_missing(reference: str) -> str:
    """An address that cannot be a reference is no case: 404, not 400."""
    try:
        return parse(reference)
    except WrongReference as error:
        raise NotFound(what=reference[:40]) from error


def if_match(request: Request) -> int | None:
    """The version a client says it saw, from If-Match. Raises Invalid."""
    tag = request.headers.get("If-Match")
    if tag is None:
        return None
    version = number(tag[1:-1]) if ETAG.fullmatch(tag) else None
    if version is None:
        raise Invalid({"If-Match": [str(_('Send the ETag as it came, such as "7".'))]})
    return version


def etag(version: int) -> str:
    return f'"{version}"'
