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
        """The courses of the rates as lines and of the counts as bars, with the numbers for the table below."""
        rows = figures.read(self.scene.scope, self.kpis, period, today=self.scene.today, interval=interval)
        found = {row["start"]: row for row in rows}
        parts = list(period.split(interval))
        said = [f"{part.start:%Y-%m}" if interval == "month" else f"{part.start:%m-%d}" for part in parts]
        made = []
        for unit, kind in (("%", "line"), ("", "bar")):
            series = [
                {
                    "name": str(kpi.title),
                    "type": kind,
                    "data": course(kpi, [found.get(first_of(part, interval)) for part in parts]),
                }
                for kpi in self.kpis
                if kpi.unit == unit
            ]
            drawn = {"x": said, "series": series, "unit": unit, **({"max": 100} if unit else {})}
            values = zip(*(one["data"] for one in series), strict=True)
            made.append(
                {
                    "key": f"{key}-{kind}",
                    "label": CHOICES[key],
                    "data": drawn,
                    "rows": list(zip(said, values, strict=True)),
                }
            )
        return made


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


def course(kpi: Kpi, rows: list[Row | None]) -> list[float | None]:
    """The value of each stretch; None where there is nothing to measure."""
    values = [kpi.figure(sums_of(row or nothing(kpi))).value for row in rows]
    return [None if value is None else float(value) for value in values]
