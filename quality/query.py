"""What the doors of figures are asked: days, dimensions, filters."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.fields import Field

from quality.deadlines import Window
from quality.drilldown import PARTS, Cut, Filter
from quality.kpis import Kpi
from quality.measures import DIMENSIONS
from quality.periods import DAY, INTERVALS, Period
from sla.models import Basis
from sqm_site.errors import Invalid
from sqm_site.fields import AwareDateTime, Input, StrictChar, StrictChoice, StrictDate

BY = OpenApiParameter(
    "by",
    {"type": "string", "enum": ["", "unit", *DIMENSIONS, *(f"unit,{name}" for name in DIMENSIONS)]},
    description="Dimensions to tell it by: one, or the unit and one other.",
)
USUAL_DAYS, MOST_DAYS = 30, 3_660


class Days(Input):
    """A stretch of days: `from` counts, `to` is the first that does not. Default: the last 30 days."""

    to = StrictDate(required=False)

    def get_fields(self) -> dict[str, Field]:
        return {"from": StrictDate(required=False), **super().get_fields()}


@extend_schema_field(str)
class Dimensions(serializers.Field):
    """Names of dimensions, separated by commas."""

    default_error_messages = {
        "known": _("Choose one of: {known}."),
    }

    def to_internal_value(self, data: Any) -> list[str]:
        names = str(data).split(",") if data else []
        known = ("unit", *DIMENSIONS)
        if set(names) - set(known) or len(set(names)) < len(names):
            self.fail("known", known=", ".join(known))
        return names


class SeriesQuery(Days):
    interval = StrictChoice(INTERVALS, default="month")
    by = Dimensions(default=[])
    unit = StrictChar(max_length=40, default="", allow_blank=True, format="unit-code")


class FilterQuery(Input):
    unit = StrictChar(max_length=40, default="", allow_blank=True, format="unit-code")
    handling_unit = StrictChar(max_length=40, default="", allow_blank=True, format="unit-code")
    channel = StrictChar(max_length=20, default="", allow_blank=True)
    business_line = StrictChar(max_length=40, default="", allow_blank=True, format="business-line-code")
    owner = StrictChar(max_length=150, default="", allow_blank=True, format="user-name")


class CutQuery(Days, FilterQuery):
    part = StrictChoice(PARTS, default="denominator")


class WindowQuery(FilterQuery):
    due_from = AwareDateTime(required=False)
    due_to = AwareDateTime()
    basis = StrictChoice(["", *Basis.values], default="")


def period_of(given: Mapping[str, Any], today: date) -> Period:
    """The days asked for. Raises Invalid for a stretch that is empty or too long."""
    end = given.get("to") or today + DAY
    start = given.get("from") or end - timedelta(days=USUAL_DAYS)
    if not timedelta() < end - start <= timedelta(days=MOST_DAYS):
        sentence = _("`to` is the first day that does not count: after `from`, at most ten years later.")
        raise Invalid({"to": [str(sentence)]})
    return Period(start, end)


def cut_of(kpi: Kpi, given: Mapping[str, Any], today: date) -> Cut:
    """The cut that an address stands for."""
    return Cut(kpi, given["part"], kpi.period(period_of(given, today), today), filter_of(given))


def window_of(given: Mapping[str, Any]) -> Window:
    """The cases with a deadline that an address stands for."""
    return Window(given.get("due_from"), given["due_to"], given["basis"], filter_of(given))


def filter_of(given: Mapping[str, Any]) -> Filter:
    return Filter(**{str(name): given[str(name)] for name in FilterQuery().fields})
