"""The deadline report: what was missed, what is overdue and what comes next, by unit, channel and owner."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.desk.shell import StaffRequest, framed
from complaints.desk.timeleft import TimeLeft, running_out
from complaints.models import Clock
from quality import deadlines
from quality.deadlines import BASES, NOTHING, ON_TIME, WINDOWS, Key, Window
from quality.drilldown import Filter
from quality.figures import Row
from quality.names import Names
from quality.pages.frame import Number, Scene, figure_page, number, scene_of
from quality.scope import Place
from quality.targets import Targets
from quality.upcoming import Soonest, upcoming

BY = {"channel": gettext_lazy("By channel"), "owner": gettext_lazy("By owner")}
FIRST = 10
MOST_LINES = 20  # of one table, the worst first: a head office has hundreds of owners


@dataclass(frozen=True)
class Ahead:
    """The cases of one window: how many, and where to see them."""

    label: Any
    count: int
    url: str
    late: bool


@dataclass(frozen=True)
class Line:
    """One unit, channel or owner."""

    label: Any
    url: str  # where to look closer; empty: nowhere
    past: Number
    ahead: list[Ahead]


@dataclass(frozen=True)
class Table:
    """Lines, the worst first; of: how many there are, shown or not."""

    heading: Any
    lines: list[Line]
    of: int


@dataclass(frozen=True)
class Report:
    """Makes the lines of the page."""

    scene: Scene
    targets: Targets
    windows: dict[str, Window]
    names: Names

    def line(
        self, line: deadlines.Line, narrowing: Filter, label: Any = "", url: str = "", place: Place | None = None
    ) -> Line:
        past = number(ON_TIME, line.sums, scene=self.scene, targets=self.targets, narrowing=narrowing, place=place)
        return Line(label, url, past, [self.ahead(key, count, narrowing) for key, count in line.ahead.items()])

    def ahead(self, key: str, count: int, narrowing: Filter) -> Ahead:
        window = self.windows[key].narrowed(narrowing)
        url = f"{reverse('quality:due')}?{window.query}"
        return Ahead(WINDOWS[key], count, url, late=bool(count) and window.start is None)

    def total(self, past: list[Row], due: list[Row]) -> Line:
        (line,) = deadlines.lines(lambda row: None, [NOTHING, *past], due)
        return self.line(line, self.scene.filter)

    def table(self, heading: Any, key: Key, past: list[Row], due: list[Row], shown: Callable[..., Line]) -> Table:
        found = deadlines.lines(key, past, due)
        return Table(heading, [shown(line) for line in found[:MOST_LINES]], len(found))

    def by_unit(self, past: list[Row], due: list[Row]) -> Table:
        """The parts of the tree directly below the unit that is looked at, and its own cases."""

        def shown(line: deadlines.Line) -> Line:
            place, narrowing = line.value
            url = self.scene.link(unit=place.code) if narrowing.unit else ""
            return self.line(line, narrowing, place.name, url, place)

        return self.table(_("By unit"), lambda row: self.scene.below(row["unit_id"]), past, due, shown)

    def by(self, dimension: str, heading: Any, past: list[Row], due: list[Row]) -> Table:
        def shown(line: deadlines.Line) -> Line:
            name = self.names.of(dimension, line.value)
            return self.line(line, replace(self.scene.filter, **{dimension: name.code}), name.label)

        return self.table(heading, itemgetter(dimension), past, due, shown)


@figure_page("view_sla_report")
def report(request: StaffRequest) -> HttpResponse:
    at, today = timezone.now(), timezone.localdate()
    scene, way = scene_of(request, today)
    past = deadlines.counted_past(scene.scope, scene.period, today)
    due = deadlines.counted_due(request.user, scene.scope, at, scene.basis)
    names = Names([*past.get("owner", []), *due])
    page = Report(scene, Targets([ON_TIME]), deadlines.windows(at, scene.basis), names)
    return framed(
        request,
        "quality/deadlines.html",
        title=_("Deadline report"),
        scene=scene,
        way=way,
        bases=[(scene.link(basis=key), label, key == scene.basis) for key, label in BASES.items()],
        total=page.total(past["unit"], due),
        tables=[
            page.by_unit(past["unit"], due),
            *(page.by(name, BY[name], past[name], due) for name in BY if name in past),
        ],
        soonest=soonest(request, scene, at),
    )


def soonest(request: StaffRequest, scene: Scene, at: datetime) -> list[tuple[Clock, TimeLeft]]:
    """The deadlines that come next, with the time left."""
    end = at + timedelta(hours=72)
    pages = Soonest(request.user, end, scene.scope.units)
    found = pages.first(upcoming(at, end, scene.basis), FIRST)
    return [(clock, running_out(clock, at)) for clock in found]
