"""Deadlines: what was missed, and what comes next."""

from datetime import timedelta
from operator import itemgetter
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.moments import local
from complaints.models import Clock, State
from quality import deadlines
from quality.api.doors import FigureDoor
from quality.api.out import FigureOut, figure_row
from quality.names import Names
from quality.query import Days, period_of
from quality.upcoming import Soonest, upcoming
from sla.models import Basis, ClockKind
from sqm_site.errors import Invalid
from sqm_site.fields import Input, StrictChar, StrictChoice, number
from sqm_site.pagination import KeysetPagination

MOST_HOURS = 24 * 31
HOURS = OpenApiParameter("hours", {"type": "integer", "minimum": 1, "maximum": MOST_HOURS, "default": 24})


class ReportQuery(Days):
    by = StrictChoice(list(deadlines.COLUMNS), default="unit")
    unit = StrictChar(max_length=40, default="", allow_blank=True, format="unit-code")


class DueQuery(Input):
    basis = StrictChoice(Basis.values, required=False)
    hours = StrictChar(max_length=3, default="24")


class LineOut(FigureOut):
    name = serializers.CharField(help_text="Code of the unit, key of the channel, or user name of the owner.")
    label = serializers.CharField()  # type: ignore[assignment]  # a field, as the name of one
    breached = serializers.IntegerField(help_text="Deadlines of the period that were missed.")
    overdue = serializers.IntegerField(help_text="Cases with a running deadline that has passed.")
    due_24h = serializers.IntegerField()
    due_72h = serializers.IntegerField()


class DueOut(serializers.Serializer):
    reference = serializers.CharField()
    kind = serializers.ChoiceField(ClockKind.choices)
    basis = serializers.ChoiceField(Basis.choices)
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(State.choices, help_text="State of the case.")
    owner = serializers.CharField(allow_null=True)
    handling_unit = serializers.CharField()
    channel = serializers.CharField()


class ReportView(FigureDoor):
    verb = "view_sla_report"
    refusals = (404,)  # a unit out of scope

    @extend_schema(
        operation_id="read_sla_report",
        tags=["figures"],
        summary="Deadlines kept and missed",
        description="Deadlines of a period, kept and missed, and cases overdue or due soon, by unit, channel or owner.",
        responses=LineOut(many=True),
        parameters=[ReportQuery],
    )
    def get(self, request: Request) -> Response:
        given = ReportQuery.read(self.query)
        scope = self.figure_scope.within(given["unit"]) if given["unit"] else self.figure_scope
        by = given["by"]
        kept = deadlines.counted_past(scope, period_of(given, self.today), self.today)
        if by not in kept:
            raise Invalid({"by": [_("In your business lines this is told by unit only.")]})
        past = kept[by]
        due = deadlines.counted_due(self.user, scope, timezone.now())
        names = Names([*past, *due])

        def row(line: deadlines.Line) -> dict[str, Any]:
            place = scope.units[line.value] if by == "unit" else None
            name, label = (place.code, place.name) if place else names.of(by, line.value)
            return {"name": name, "label": label, **figure_row(line.past), "breached": line.past.rest, **line.ahead}

        key = itemgetter("unit_id" if by == "unit" else by)
        return Response([row(line) for line in deadlines.lines(key, past, due)])


class DueView(FigureDoor):
    scope = "cases:read"
    verb = "view"
    pagination_class = KeysetPagination
    orderings = ("due_at",)

    @extend_schema(
        operation_id="list_due",
        tags=["figures"],
        summary="What is due next",
        description="The running deadlines of the next hours, soonest first.",
        responses=DueOut(many=True),
        parameters=[DueQuery, HOURS],
    )
    def get(self, request: Request) -> Response:
        paging = {"cursor", "page_size", "ordering"}
        given = DueQuery.read({name: value for name, value in self.query.items() if name not in paging})
        start = timezone.now()
        end = start + timedelta(hours=hours_of(given["hours"]))
        pages = Soonest(self.user, end)
        page = pages.paginate_queryset(upcoming(start, end, given.get("basis", "")), request, view=self)
        return pages.get_paginated_response([due_row(clock) for clock in page])


def hours_of(given: str) -> int:
    hours = number(given)
    if hours is not None and 1 <= hours <= MOST_HOURS:
        return hours
    raise Invalid({"hours": [f"1-{MOST_HOURS}"]})


def due_row(clock: Clock) -> dict[str, Any]:
    case = clock.case
    return {
        "reference": case.reference,
        "kind": clock.kind,
        "basis": clock.basis,
        "due_at": local(clock.due_at),
        "state": case.state,
        "owner": case.owner.display_name if case.owner else None,
        "handling_unit": case.handling_unit.code,
        "channel": case.channel,
    }
