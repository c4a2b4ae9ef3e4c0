"""Reading cells: sums by unit, dimension and interval, within somebody's scope. No case is read."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth, TruncWeek
from django.utils.translation import gettext as _

from quality.kpis import Kpi
from quality.models import Cell
from quality.periods import Period
from quality.scope import Scope
from sqm_site.errors import Invalid

Row = dict[str, Any]
BUCKETS = {"day": F("starts_on"), "week": TruncWeek("starts_on"), "month": TruncMonth("starts_on")}


def read(
    scope: Scope, kpis: Iterable[Kpi], period: Period, *, today: date, by: Sequence[str] = (), interval: str = ""
) -> list[Row]:
    """Sums of the measures of `kpis`: one row a value of `by` and, with an interval, a stretch of it.

    by  "unit", "channel", "business_line", "owner"; a row has `unit_id`, and the key or id of the others, "" for none
    A row of an interval has `start`, the first day of the whole day, week or month. Raises Invalid for a crossing that
    is not stored.
    """
    grouping = grouping_for(scope, by)
    columns: dict[str, Any] = {name: F("dimension") for name in by if name != "unit"}
    if interval:
        columns["start"] = BUCKETS[interval]
    unit = ["unit_id"] if "unit" in by else []
    cells = cells_of(scope, [grouping], period.in_day_cells if interval in {"day", "week"} else period.in_cells(today))
    return list(cells.values(*unit, **columns).annotate(**sums(kpis, today)).order_by(*unit, *columns))


def read_each(
    scope: Scope, kpis: Iterable[Kpi], period: Period, *, today: date, dimensions: Sequence[str]
) -> dict[str, list[Row]]:
    """Sums by unit and each of the dimensions for itself, in one query. Raises Invalid as `read` does."""
    groupings = {grouping_for(scope, [name]): name for name in dimensions}
    cells = cells_of(scope, groupings, period.in_cells(today)).values("grouping", "unit_id", "dimension")
    told: dict[str, list[Row]] = {name: [] for name in dimensions}
    for row in cells.annotate(**sums(kpis, today)).order_by("grouping", "unit_id", "dimension"):
        name = groupings[row["grouping"]]
        told[name].append({**row, name: row["dimension"]})
    return told


def cells_of(scope: Scope, groupings: Iterable[str], stretch: Q) -> QuerySet[Cell]:
    """The cells in scope."""
    cells = Cell.objects.filter(stretch, grouping__in=list(groupings), unit_id__in=list(scope.units))
    return cells.filter(scope.lines) if scope.narrowed else cells


def grouping_for(scope: Scope, by: Sequence[str]) -> str:
    """The name of the stored crossing that keeps these dimensions apart. Raises Invalid.

    Whoever sees some business lines only reads the crossing that keeps them, and no other.
    """
    kept = ({*by, "business_line"} if scope.narrowed else set(by)) - {"unit"}
    if len(kept) > 1:
        raise Invalid({"by": [_("This crossing is not kept. Choose the unit and at most one other dimension.")]})
    return "+".join(("unit", *kept))


def sums(kpis: Iterable[Kpi], today: date) -> dict[str, Coalesce]:
    """The measures of the KPIs; those that wait for a day to be over leave out today and what lies ahead."""
    over = Q(starts_on__lt=today)
    return {
        f"sum_{name}": Coalesce(Sum(name, filter=over if kpi.days_over else None), 0)
        for kpi in kpis
        for name in kpi.measures
    }


def sums_of(row: Row) -> dict[str, int]:
    """The measures of a row by their own names."""
    return {name.removeprefix("sum_"): value for name, value in row.items() if name.startswith("sum_")}


def added(rows: Iterable[Row]) -> Row:
    """Several rows as one: the sums alone."""
    total: Row = {}
    for row in rows:
        for name, value in row.items():
            if name.startswith("sum_"):
                total[name] = total.get(name, 0) + value
    return total
