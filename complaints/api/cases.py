"""Reading cases and using verbs on them."""

import re
from datetime import datetime
from typing import Any

import django_filters
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from complaints.api.doors import IdempotentDoor, LimitedDoor, scope_required
from complaints.api.out import CaseFullOut, CaseOut, ClockOut, EventOut, case_full, case_row, clock_row, event_row
from complaints.errors import WrongReference
from complaints.models import Case, Level, Nature, State
from complaints.services.reference import parse
from complaints.verbs import VERBS, allowed_verbs
from organization.authentication import actor_of
from sqm_site.errors import Invalid, NotFound
from sqm_site.fields import number
from sqm_site.pagination import KeysetPagination

SHOWN = ("owner", "offered_to", "handling_unit", "team", "business_line")
ETAG = re.compile(r'"[0-9]{1,9}"')
PAGING = ("cursor", "page_size", "ordering")


class CaseFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    nature = django_filters.ChoiceFilter(choices=Nature.choices)
    level = django_filters.ChoiceFilter(choices=Level.choices)
    owner = django_filters.CharFilter("owner__username")
    team = django_filters.CharFilter("team__name")
    unit = django_filters.CharFilter("handling_unit__code")
    channel = django_filters.CharFilter("channel")
    business_line = django_filters.CharFilter("business_line__code")
    category = django_filters.CharFilter("category")
    reason = django_filters.CharFilter("reason")
    due_before = django_filters.IsoDateTimeFilter("next_due_at", "lt")
    received_from = django_filters.IsoDateTimeFilter("received_at", "gte")
    received_to = django_filters.IsoDateTimeFilter("received_at", "lt")
    q = django_filters.CharFilter(method="search", max_length=100)

    class Meta:
        model = Case
        fields: list[str] = []

    def search(self, queryset: Any, name: str, words: str) -> Any:
        return queryset.saying(words)


class CaseListView(LimitedDoor, APIView):
    """The cases in the caller's area, newest first; `ordering=next_due_at` for the next deadline first."""

    permission_classes = [scope_required("cases:read")]
    pagination_class = KeysetPagination
    orderings = ("-received_at", "next_due_at")

    @extend_schema(
        responses=CaseOut(many=True),
        parameters=[OpenApiParameter(name, OpenApiTypes.STR) for name in (*CaseFilter.base_filters, *PAGING)],
    )
    def get(self, request: Request) -> Response:
        unknown = set(request.query_params) - set(CaseFilter.base_filters) - set(PAGING)
        if unknown:
            raise Invalid({name: [str(_("There is no such filter."))] for name in sorted(unknown)})
        rows = Case.objects.visible_to(actor_of(request)).defer("text", "bigrams").select_related(*SHOWN)
        chosen = CaseFilter(request.query_params, queryset=rows)
        if not chosen.is_valid():
            raise Invalid({name: [str(word) for word in words] for name, words in chosen.errors.items()})
        pages = self.pagination_class()
        page = pages.paginate_queryset(chosen.qs, request, view=self)
        return pages.get_paginated_response([case_row(case) for case in page])


class CaseView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]

    @extend_schema(responses=CaseFullOut)
    def get(self, request: Request, reference: str) -> Response:
        case = reached(request, reference)
        return with_etag(Response(case_full(case, *allowed_verbs(case, actor_of(request)))), case)


class VerbView(IdempotentDoor, APIView):
    """Use a verb on a case. 404 out of scope, 412 stale, 409 wrong state, 403 no right, 422 gate, in this order."""

    permission_classes = [scope_required("cases:act")]

    @extend_schema(request=OpenApiTypes.OBJECT, responses=CaseFullOut)
    def post(self, request: Request, reference: str, verb: str) -> HttpResponse:
        if verb not in VERBS:
            raise NotFound(what=verb)
        return self.once(request, lambda: self.use(request, parse_or_missing(reference), verb))

    def use(self, request: Request, reference: str, verb: str) -> tuple[int, dict[str, Any]]:
        chosen = VERBS[verb]
        given = chosen.form.read(request.data or {})
        chosen.run(reference, actor=actor_of(request), version=if_match(request), **given)
        case = reached(request, reference)
        return 200, case_full(case, *allowed_verbs(case, actor_of(request)))


class TimelineView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    pagination_class = KeysetPagination
    orderings = ("-sequence",)

    @extend_schema(responses=EventOut(many=True))
    def get(self, request: Request, reference: str) -> Response:
        events = reached(request, reference).events.select_related("actor")
        pages = self.pagination_class()
        page = pages.paginate_queryset(events, request, view=self)
        return pages.get_paginated_response([event_row(event) for event in page])


class ClocksView(LimitedDoor, APIView):
    """All clocks of all rounds, each with how its deadline was reached."""

    permission_classes = [scope_required("cases:read")]

    @extend_schema(responses=ClockOut(many=True))
    def get(self, request: Request, reference: str) -> Response:
        at: datetime = timezone.now()
        clocks = reached(request, reference).clocks.order_by("round", "due_at")
        return Response([clock_row(clock, at) for clock in clocks])


def reached(request: Request, reference: str) -> Case:
    rows = Case.objects.reachable_by(actor_of(request)).select_related(*SHOWN, "customer")
    case = rows.filter(reference=parse_or_missing(reference)).first()
    if case is None:
        raise NotFound(what=reference[:40])
    return case


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


def with_etag(response: Response, case: Case) -> Response:
    response["ETag"] = f'"{case.version}"'
    return response
