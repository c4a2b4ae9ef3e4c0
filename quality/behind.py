"""The cases behind a number: the same condition that was counted, as an address and as rows."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from organization.models import User
from organization.scope import scope
from quality.kpis import Kpi
from quality.models import CaseFact
from quality.periods import Period
from quality.sight import OF_CASE, Sight

NONE = "-"  # in an address: no owner, no business line
PARTS = ("numerator", "denominator", "rest")
# filter in an address -> column of CaseFact
COLUMNS = {"channel": "channel", "business_line": "business_line__code", "owner": "owner__username"}


@dataclass(frozen=True)
class Cut:
    """One number: which KPI, which part of it, which days, and what it is narrowed to.

    unit           code of a unit; all below it counts too
    handling_unit  code of a unit; only it
    """

    kpi: Kpi
    part: str
    period: Period
    unit: str = ""
    handling_unit: str = ""
    channel: str = ""
    business_line: str = ""
    owner: str = ""

    @property
    def query(self) -> str:
        """The cut as the end of an address."""
        given = {
            "kpi": self.kpi.key,
            "part": self.part,
            "from": self.period.start.isoformat(),
            "to": self.period.end.isoformat(),
            "unit": self.unit,
            "handling_unit": self.handling_unit,
            "channel": self.channel,
            "business_line": self.business_line,
            "owner": self.owner,
        }
        return urlencode({name: value for name, value in given.items() if value})

    def of(self, part: str) -> "Cut":
        return replace(self, part=part)

    def rounds(self, user: User, sight: Sight) -> QuerySet[CaseFact]:
        """The rounds that were counted, as far as the user may see their cases. Raises NotFound for a unit outside."""
        if self.unit:
            sight = sight.within(self.unit)
        units = [sight.unit(self.handling_unit).pk] if self.handling_unit else list(sight.units)
        rows = CaseFact.objects.filter(self.kpi.cases(self.part, self.period), self.narrowed, unit_id__in=units)
        return scope(rows, user, **OF_CASE)

    @property
    def narrowed(self) -> Q:
        given = {name: getattr(self, name) for name in COLUMNS}
        return Q(
            *[
                Q((f"{column.partition('__')[0]}__isnull", True)) if given[name] == NONE else Q((column, given[name]))
                for name, column in COLUMNS.items()
                if given[name]
            ]
        )
