"""What missed its deadline and what will: by unit, channel and owner."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import pgettext_lazy as pgettext

from complaints.models import Case, Clock
from organization.models import User
from organization.rights import rights_of
from organization.scope import scoped
from quality import figures
from quality.drilldown import Filter
from quality.kpis import Figure, Kpi
from quality.periods import Period
from quality.scope import OF_CASE, Scope

ON_TIME = Kpi.registry["on_time_rate"]
# dimension -> column of Case
COLUMNS = {"unit": "handling_unit_id", "channel": "channel", "owner": "owner_id"}
BASES = {
    "": pgettext("deadlines", "All"),
    "statutory": pgettext("deadlines", "Statutory"),
    "ordered": pgettext("deadlines", "Ordered"),
    "agreed": pgettext("deadlines", "Agreed"),
    "internal": pgettext("deadlines", "Internal"),
}


@dataclass(frozen=True)
class Window:
    """The cases with a running deadline from `start` (None: however old) to before `end`.

    basis  one of BASES; empty: all
    """

    start: datetime | None
    end: datetime
    basis: str = ""
    filter: Filter = field(default_factory=Filter)

    @property
    def due(self) -> Q:
        """The condition on a running clock."""
        since = Q(due_at__gte=self.start) if self.start else Q()
        return Q(due_at__lt=self.end) & since

    @property
    def query(self) -> str:
        """The window as the end of an address."""
        since = {"due_from": self.start.isoformat()} if self.start else {}
        basis = {"basis": self.basis} if self.basis else {}
        return urlencode({**since, "due_to": self.end.isoformat(), **basis, **self.filter.given})

    def narrowed(self, narrowing: Filter) -> "Window":
        return replace(self, filter=narrowing)

    def cases(self, user: User, scope: Scope) -> QuerySet[Case]:
        """The cases, each once, as far as the user may see them. Raises NotFound for a unit outside."""
        clocks = running(self.basis).filter(self.due, case_id=OuterRef("pk"))
        rows = running_cases_for(Case.objects.filter(Exists(clocks), next_due_at__lt=self.end), user)
        return rows.filter(self.filter.condition, in_units(self.filter.units(scope), user, "handling_unit_id"))


WINDOWS = {
    "overdue": pgettext("deadlines", "Overdue now"),
    "due_24h": pgettext("deadlines", "Next 24 h"),
    "due_72h": pgettext("deadlines", "Next 72 h"),
}


def windows(at: datetime, basis: str = "") -> dict[str, Window]:
    """Overdue at `at`, due within 24 hours of it, due within 72 hours of it."""
    return {
        "overdue": Window(None, at, basis),
        "due_24h": Window(at, at + timedelta(hours=24), basis),
        "due_72h": Window(at, at + timedelta(hours=72), basis),
    }


def running(basis: str = "") -> QuerySet[Clock]:
    """The deadlines of cases that count down at present. basis: "statutory", "internal", or empty for both."""
    clocks = Clock.objects.counting()
    return clocks.filter(basis=basis) if basis else clocks


def due_before(end: datetime, basis: str = "") -> QuerySet[Clock]:
    """The running clocks that end before a moment.

    The next deadline of a case is the earliest of its running clocks, so the cases are bounded by it, too: of both the
    database reads what runs and nothing of the past. A closed case still runs where a body outside awaits an answer.
    """
    return running(basis).filter(due_at__lt=end, case__next_due_at__lt=end)


def running_cases_for(cases: QuerySet[Case], user: User) -> QuerySet[Case]:
    """As `visible_to`, for the many whose deadlines run: whom they concern is asked of an index, not of each row."""
    near, rights = scoped(cases, user, barred=""), rights_of(user)
    return near if rights.is_system or rights.is_program else near.exclude(pk__in=Case.objects.running_about(user))


def running_clocks_for(clocks: QuerySet[Clock], user: User) -> QuerySet[Clock]:
    """The clocks of such cases."""
    near, rights = scoped(clocks, user, **{**OF_CASE, "barred": ""}), rights_of(user)
    return near if rights.is_system or rights.is_program else near.exclude(case__in=Case.objects.running_about(user))


def in_units(units: Collection[int], user: User, column: str) -> Q:
    """The condition on the unit of a case, unless the area of the reader says it: the planner takes twice for two."""
    parts = rights_of(user).parts()
    said = bool(parts) and all(part.units is not None and part.units.issubset(units) for part in parts)
    return Q() if said else Q(**{f"{column}__in": list(units)})


def counted_due(user: User, scope: Scope, at: datetime, basis: str = "") -> list[figures.Row]:
    """How many cases have a deadline in each window, by unit, channel and owner. Reads running clocks only."""
    ahead = windows(at)
    clocks = running_clocks_for(due_before(ahead["due_72h"].end, basis), user)
    clocks = clocks.filter(in_units(scope.units, user, "case__handling_unit_id"))
    names = {name: f"case__{column}" for name, column in COLUMNS.items()}
    counts = {key: Count("case_id", filter=window.due, distinct=True) for key, window in ahead.items()}
    return [
        {
            "unit_id": row[names["unit"]],
            "channel": row[names["channel"]],
            "owner": str(row[names["owner"]] or ""),
            **{f"sum_{key}": row[key] for key in counts},
        }
        for row in clocks.values(*names.values()).annotate(**counts).order_by(*names.values())
    ]


def counted_past(scope: Scope, period: Period, today: date) -> dict[str, list[figures.Row]]:
    """The deadlines of the period that were due and kept, for each column of the report that is kept in this scope."""
    if scope.narrowed:
        return {"unit": figures.read(scope, [ON_TIME], period, today=today, by=["unit"])}
    told = figures.read_each(scope, [ON_TIME], period, today=today, dimensions=["channel", "owner"])
    return {"unit": told["channel"], **told}


Key = Callable[[figures.Row], Any]


@dataclass(frozen=True)
class Line:
    """One unit, channel or owner of the report, with the sums of its rows."""

    value: Any
    sums: figures.Row

    @property
    def past(self) -> Figure:
        return ON_TIME.figure(figures.sums_of(self.sums))

    @property
    def late(self) -> int:
        """Deadlines that were missed, and cases overdue now."""
        return self.sums["sum_due"] - self.sums["sum_on_time"] + self.sums["sum_overdue"]

    @property
    def ahead(self) -> dict[str, int]:
        """How many cases have a deadline in each window."""
        return {key: self.sums[f"sum_{key}"] for key in WINDOWS}


def lines(key: Key, past: Iterable[figures.Row], due: Iterable[figures.Row]) -> list[Line]:
    """Past and future put together by what `key` says of a row; those with most late and overdue first."""
    sums: dict[Any, figures.Row] = {}
    for row in (*past, *due):
        value = key(row)
        sums[value] = figures.added([sums.get(value, NOTHING), row])
    made = [Line(value, row) for value, row in sums.items()]
    return sorted(made, key=lambda line: (-line.late, -line.sums["sum_due"], str(line.value)))


NOTHING = {f"sum_{name}": 0 for name in (*ON_TIME.measures, *WINDOWS)}
