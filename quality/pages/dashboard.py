"""The dashboard: each KPI with what it stands on, its course over a year and a month, by unit and by channel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.desk.shell import StaffRequest, framed
from feedback.channels import channel_label
from quality import figures
from quality.drilldown import Filter
from quality.figures import Row, added, sums_of
from quality.kpis import Kpi
from quality.pages.frame import (
    CHOICES,
    LAST_12,
    LAST_30,
    Number,
    Scene,
    figure_page,
    grouped,
    number,
    periods,
    scene_of,
)
from quality.periods import Period
from quality.scope import Place
from quality.series import first_of, nothing
from quality.targets import Targets

FEW = 5  # cases: below, a rate jumps between nought and all
HALF = 50  # percent


@dataclass(frozen=True)
class Line:
    """One unit or channel of a table."""

    label: Any
    url: str  # where to look closer; empty: nowhere
    numbers: list[Number]


@dataclass(frozen=True)
class Board:
    """What every number of the page needs."""

    scene: Scene
    kpis: Sequence[Kpi]
    targets: Targets

    def numbers(self, rows: list[Row], narrowing: Filter, place: Place | None = None) -> list[Number]:
        """One figure a KPI for some rows of sums taken together."""
        sums = added([{name: 0 for kpi in self.kpis for name in nothing(kpi)}, *rows])
        return [
            number(kpi, sums, scene=self.scene, targets=self.targets, narrowing=narrowing, place=place)
            for kpi in self.kpis
        ]

    def by_unit(self, rows: list[Row]) -> list[Line]:
        """The parts of the tree directly below the unit that is looked at, and its own cases."""
        return [
            Line(
                place.name,
                self.scene.link(unit=place.code) if narrowing.unit else "",
                self.numbers(part, narrowing, place),
            )
            for (place, narrowing), part in grouped(rows, lambda row: self.scene.below(row["unit_id"])).items()
        ]

    def by_channel(self, rows: list[Row]) -> list[Line]:
        return [
            Line(channel_label(channel), "", self.numbers(part, replace(self.scene.filter, channel=channel)))
            for channel, part in sorted(grouped(rows, lambda row: row["channel"]).items())
        ]

    def charts(self, key: str, period: Period, interval: str) -> list[dict[str, Any]]:
        """The courses of the rates as lines and of the counts as bars; by week where a day has too few for a rate."""
        rows = figures.read(self.scene.scope, self.kpis, period, today=self.scene.today, interval=interval)
        rates, counts = ([kpi for kpi in self.kpis if kpi.unit == unit] for unit in ("%", ""))
        few = interval == "day" and any(0 < kpi.figure(sums_of(row)).n < FEW for kpi in rates for row in rows)
        lines = self.chart(key, rates, rows, period, "week" if few else interval)
        if few:
            lines["notes"].insert(
                0, _("By week: a rate of a day with fewer than {few} cases says little.").format(few=FEW)
            )
        return [lines, self.chart(key, counts, rows, period, interval)]

    def chart(self, key: str, kpis: list[Kpi], rows: list[Row], period: Period, interval: str) -> dict[str, Any]:
        """What is drawn, with the numbers for the table below and what is said of it."""
        parts, rates = list(period.split(interval)), bool(kpis[0].unit)
        said = [f"{part.start:%Y-%m}" if interval == "month" else f"{part.start:%m-%d}" for part in parts]
        sums = [added([row for row in rows if first_of(part, interval) <= row["start"] < part.end]) for part in parts]
        series = [
            {"name": str(kpi.title), "type": "line" if rates else "bar", "data": course(kpi, sums), **self.aim(kpi)}
            for kpi in kpis
        ]
        drawn: dict[str, Any] = {"x": said, "series": series, "unit": kpis[0].unit}
        notes = []
        if rates:
            drawn |= {"min": lowest(series), "max": 100}
            notes = [_("The axis begins at {low} %.").format(low=drawn["min"])] if drawn["min"] else []
        values = zip(*(one["data"] for one in series), strict=True)
        table = list(zip(said, values, strict=True))
        return {
            "key": f"{key}-{series[0]['type']}",
            "label": CHOICES[key],
            "data": drawn,
            "rows": table,
            "notes": notes,
        }

    def aim(self, kpi: Kpi) -> dict[str, float]:
        """What is aimed at where one looks: a line across."""
        bounds = self.targets.bounds(kpi, self.scene.place, self.scene.period.last)
        return {"target": float(bounds.green)} if bounds else {}


@figure_page("view_kpis")
def dashboard(request: StaffRequest) -> HttpResponse:
    today = timezone.localdate()
    scene, way = scene_of(request, today)
    kpis = sorted(Kpi.registry.values(), key=lambda kpi: kpi.beside)
    targets, led = Targets(kpis), [kpi for kpi in kpis if not kpi.beside]
    board, every = Board(scene, led, targets), Board(scene, kpis, targets)
    # by channel it is not kept for whoever sees some business lines only
    by = ["unit"] if scene.scope.narrowed else ["unit", "channel"]
    rows = figures.read(scene.scope, kpis, scene.period, today=today, by=by)
    year, month = (periods(today)[key] for key in (LAST_12, LAST_30))
    return framed(
        request,
        "quality/dashboard.html",
        title=_("Dashboard"),
        scene=scene,
        way=way,
        kpis=led,
        tiles=every.numbers(rows, scene.filter),
        charts=[*board.charts(LAST_12, year, "month"), *board.charts(LAST_30, month, "day")],
        units=board.by_unit(rows),
        channels=board.by_channel(rows) if "channel" in by else [],
    )


def course(kpi: Kpi, rows: list[Row]) -> list[float | None]:
    """The value of each stretch; None where there is nothing to measure."""
    values = [kpi.figure(sums_of(nothing(kpi) | row)).value for row in rows]
    return [None if value is None else float(value) for value in values]


def lowest(series: list[dict[str, Any]]) -> int:
    """Where the axis of rates begins, in percent: at nought, unless all that is drawn lies in the upper half."""
    drawn = [value for one in series for value in (*one["data"], one.get("target")) if value is not None]
    return 0 if min(drawn, default=0) < HALF else int(min(drawn) // 10 * 10)
