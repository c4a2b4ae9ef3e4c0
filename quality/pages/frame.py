"""What the pages of figures share: the way in, the days to choose from, and one number with its links."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_GET
from rest_framework.exceptions import ValidationError

from complaints.countdown import moment
from complaints.desk.shell import StaffRequest, View
from organization.rights import rights_of
from quality.deadlines import BASES
from quality.drilldown import Cut, Filter
from quality.figures import Row, sums_of
from quality.kpis import Figure, Kpi
from quality.periods import DAY, Period, next_start
from quality.scope import Place, Scope, scope_of
from quality.targets import Bounds, Targets
from sqm_site.errors import Invalid, NotFound
from sqm_site.reporting import copied_until, reading_reports

LAST_30, THIS_MONTH, LAST_12 = "30d", "month", "12m"
CHOICES = {
    LAST_30: pgettext("period", "Last 30 days"),
    THIS_MONTH: pgettext("period", "This month"),
    LAST_12: pgettext("period", "Last 12 months"),
}
STATUSES = {
    "green": ("good", pgettext("target", "On target")),
    "amber": ("warn", pgettext("target", "Close to target")),
    "red": ("bad", pgettext("target", "Below target")),
}


def figure_page(verb: str) -> Any:
    """A page for signed-in people with this right. A unit out of scope, or an address made up, is not found."""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not rights_of(request.user).has(verb):
                raise PermissionDenied
            try:
                with reading_reports():
                    return dated(view(request, *args, **kwargs))
            except (NotFound, Invalid, ValidationError) as error:
                raise Http404(str(error)) from error

        return require_GET(admin.site.admin_view(guarded))

    return guard


def dated(answer: HttpResponse) -> HttpResponse:
    """A page says of when it is, where that is not now."""
    if isinstance(answer, TemplateResponse) and answer.context_data is not None:
        answer.context_data["copied_until"] = moment(copied_until())
    return answer


def periods(today: date) -> dict[str, Period]:
    """The stretches a page offers, up to today."""
    first, tomorrow = today.replace(day=1), today + DAY
    year_ago = first.replace(year=first.year - 1)
    return {
        LAST_30: Period(tomorrow - timedelta(days=30), tomorrow),
        THIS_MONTH: Period(first, tomorrow),
        LAST_12: Period(next_start(year_ago, "month"), tomorrow),
    }


@dataclass(frozen=True)
class Scene:
    """What a page was asked for: whose figures, of which unit, of which days, of which kind of deadline."""

    scope: Scope
    unit: str
    chosen: str
    period: Period
    today: date
    basis: str = ""

    @property
    def place(self) -> Place | None:
        return self.scope.top

    @property
    def filter(self) -> Filter:
        return Filter(unit=self.unit)

    def below(self, unit_id: int) -> tuple[Place, Filter]:
        """The part of the tree a unit is told under, and the filter that gives the same cases."""
        branch = self.scope.branch_of(unit_id)
        if self.place is None or branch.pk == self.place.pk:
            return branch, Filter(handling_unit=branch.code)
        return branch, Filter(unit=branch.code)

    def link(self, **changes: str) -> str:
        """The address of the same page with something else chosen."""
        given = {"period": self.chosen, "unit": self.unit, "basis": self.basis, **changes}
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def tabs(self) -> list[tuple[str, Any, bool]]:
        return [(self.link(period=key), label, key == self.chosen) for key, label in CHOICES.items()]


def scene_of(request: StaffRequest, today: date) -> tuple[Scene, list[tuple[str, str]]]:
    """The scene, and the way up from its unit: (address, name) from the top. Raises NotFound."""
    scope = scope_of(request.user)
    chosen = request.GET.get("period", "")
    chosen = chosen if chosen in CHOICES else LAST_30
    unit = request.GET.get("unit", "")
    basis = request.GET.get("basis", "")
    scene = Scene(
        scope=scope.within(unit) if unit else scope,
        unit=unit,
        chosen=chosen,
        period=periods(today)[chosen],
        today=today,
        basis=basis if basis in BASES else "",
    )
    place = scene.place
    above = [one for one in scope.units.values() if place and place.path.startswith(one.path)]
    return scene, [(scene.link(unit=one.code), one.name) for one in above]


@dataclass(frozen=True)
class Number:
    """One figure on a page, with what was aimed at and the addresses of the cases behind its parts."""

    kpi: Kpi
    figure: Figure
    bounds: Bounds | None
    cut: Cut

    @property
    def status(self) -> tuple[str, Any] | None:
        return STATUSES.get(self.bounds.status(self.figure)) if self.bounds else None

    @property
    def numerator_label(self) -> Any:
        return self.kpi.parts["numerator"]

    @property
    def denominator_label(self) -> Any:
        return self.kpi.parts["denominator"]

    @property
    def rest_label(self) -> Any:
        return self.kpi.parts["rest"]

    @property
    def numerator_url(self) -> str:
        return cases_url(self.cut.of("numerator"))

    @property
    def denominator_url(self) -> str:
        return cases_url(self.cut.of("denominator"))

    @property
    def rest_url(self) -> str:
        return cases_url(self.cut.of("rest"))


def cases_url(cut: Cut) -> str:
    return f"{reverse('quality:cases')}?{cut.query}"


def number(
    kpi: Kpi, row: Row, *, scene: Scene, targets: Targets, narrowing: Filter, place: Place | None = None
) -> Number:
    """The figure of a row of sums. place: where its target is looked up, by default the unit of the scene."""
    cut = Cut(kpi, "denominator", kpi.period(scene.period, scene.today), narrowing)
    bounds = targets.bounds(kpi, place or scene.place, scene.period.last)
    return Number(kpi, kpi.figure(sums_of(row)), bounds, cut)


def grouped(rows: list[Row], key: Any) -> Mapping[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
