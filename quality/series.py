"""One KPI over time and by dimension: each point with its figure, its bounds and the cut behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from quality import figures
from quality.drilldown import Cut, Filter
from quality.kpis import Figure, Kpi
from quality.names import Names
from quality.periods import DAY, Period
from quality.scope import Place, Scope
from quality.targets import Bounds, Targets
from sqm_site.errors import Invalid

MOST_POINTS = 5_000


@dataclass(frozen=True)
class Point:
    period: Period
    place: Place | None  # where it is told by unit
    values: dict[str, str]  # dimension -> code, where it is told by others
    figure: Figure
    bounds: Bounds | None
    cut: Cut

    @property
    def status(self) -> str:
        return self.bounds.status(self.figure) if self.bounds else ""


def series(
    kpi: Kpi, scope: Scope, period: Period, *, today: date, interval: str, by: Sequence[str] = (), unit: str = ""
) -> list[Point]:
    """The points of a KPI, oldest first. Without `by` every stretch has one, also where nothing happened.

    unit  code of the unit whose subtree is counted; empty: all that is in scope
    Raises NotFound for a unit out of scope, Invalid for a crossing that is not kept, or too many points.
    """
    place = scope.unit(unit) if unit else scope.top
    scope = scope.within(unit) if unit else scope
    rows = figures.read(scope, [kpi], period, today=today, by=by, interval=interval)
    if len(rows) > MOST_POINTS:
        raise Invalid({"by": [_("These are more than {most} points. Ask for less.").format(most=MOST_POINTS)]})
    stretches = {first_of(part, interval): part for part in period.split(interval)}
    rows = rows if by else every_stretch(rows, stretches, kpi)
    names, targets = Names(rows), Targets([kpi])

    def point(row: figures.Row) -> Point:
        part = stretches[row["start"]]
        where = scope.units[row["unit_id"]] if "unit" in by else None
        values = {name: names.of(name, row[name]).code for name in by if name != "unit"}
        narrowing = Filter(**values, **({"handling_unit": where.code} if where else {"unit": unit}))
        cut = Cut(kpi, "denominator", kpi.period(part, today), narrowing)
        bounds = targets.bounds(kpi, where or place, part.last)
        return Point(part, where, values, kpi.figure(figures.sums_of(row)), bounds, cut)

    return [point(row) for row in sorted(rows, key=lambda row: row["start"])]


def every_stretch(rows: Iterable[figures.Row], starts: Iterable[date], kpi: Kpi) -> list[figures.Row]:
    """A row a stretch, also where nothing happened."""
    found = {row["start"]: row for row in rows}
    return [found.get(start) or {"start": start, **nothing(kpi)} for start in starts]


def first_of(part: Period, interval: str) -> date:
    """The first day of the whole interval that a cut stretch belongs to."""
    if interval == "month":
        return part.start.replace(day=1)
    return part.start - DAY * part.start.weekday() if interval == "week" else part.start


def nothing(kpi: Kpi) -> figures.Row:
    return {f"sum_{name}": 0 for name in kpi.measures}
