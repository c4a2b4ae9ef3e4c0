"""The cases behind a number: the same condition that was counted, as an address and as rows."""

from dataclasses import asdict, dataclass, field, replace
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from organization.models import User
from organization.scope import scoped
from quality.kpis import Kpi
from quality.models import CaseFact
from quality.periods import DAY, Period
from quality.scope import OF_CASE, Scope

NONE = "-"  # in an address: no owner, no business line
PARTS = ("numerator", "denominator", "rest")
# filter -> the column it compares, of a case and of a fact alike
COLUMNS = {"channel": "channel", "business_line": "business_line__code", "owner": "owner__username"}


@dataclass(frozen=True)
class Filter:
    """What a number is narrowed to; an empty filter is none.

    unit           code of a unit; all below it counts too
    handling_unit  code of a unit; only it
    """

    unit: str = ""
    handling_unit: str = ""
    channel: str = ""
    business_line: str = ""
    owner: str = ""

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def units(self, scope: Scope) -> list[int]:
        """The ids of the units. Raises NotFound for one out of scope."""
        if self.unit:
            scope = scope.within(self.unit)
        return [scope.unit(self.handling_unit).pk] if self.handling_unit else list(scope.units)

    @property
    def condition(self) -> Q:
        """The other filters, for cases or facts."""
        given = self.given
        return Q(
            *[
                Q((f"{name}__isnull", True)) if given[name] == NONE else Q((column, given[name]))
                for name, column in COLUMNS.items()
                if name in given
            ]
        )


@dataclass(frozen=True)
class Cut:
    """One number of a KPI: which part of it, which days, and what it is narrowed to."""

    kpi: Kpi
    part: str
    period: Period
    filter: Filter = field(default_factory=Filter)

    @property
    def query(self) -> str:
        """The cut as the end of an address. Of no days, as of a rate on the first of a month: of their first."""
        end = max(self.period.end, self.period.start + DAY)
        days = {"from": self.period.start.isoformat(), "to": end.isoformat()}
        return urlencode({"kpi": self.kpi.key, "part": self.part, **days, **self.filter.given})

    def of(self, part: str) -> "Cut":
        return replace(self, part=part)

    def rounds(self, user: User, scope: Scope) -> QuerySet[CaseFact]:
        """The rounds that were counted, as far as the user may see their cases. Raises NotFound for a unit outside."""
        condition = self.kpi.cases(self.part, self.period) & self.filter.condition
        return scoped(CaseFact.objects.filter(condition, unit_id__in=self.filter.units(scope)), user, **OF_CASE)
