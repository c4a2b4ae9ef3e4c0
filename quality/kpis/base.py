"""What a KPI is. One file a KPI; the name of the file is its key, which is stored and sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db.models import Q

from quality.intervals import wilson
from quality.measures import COUNTED, MEASURES
from quality.periods import Period

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Figure:
    """One number and what it stands on. Percentages from 0 to 100 with two decimals; None: nothing to measure.

    denominator, low and high are None for a count. low and high are the 95 % Wilson interval.
    """

    numerator: int
    denominator: int | None = None
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def n(self) -> int:
        """How many cases it stands on."""
        return self.numerator if self.denominator is None else self.denominator

    @property
    def rest(self) -> int:
        """Those of the denominator that are not in the numerator."""
        return self.n - self.numerator


class Kpi:
    """A figure made of measures. The docstring says what is counted, when there is no value, and the source.

    numerator, denominator  names of measures, all on one day of a case; a KPI without denominator is a count
    parts                   what the cases of numerator, denominator and rest are called
    better                  "higher" or "lower"
    green, amber            the bounds, in percent, where no Target row says otherwise; None: no target
    days_over               count only days that are over, because until then nobody knows
    beside                  it tells how another figure comes about: shown behind those, in no chart and no table
    """

    registry: ClassVar[dict[str, "Kpi"]] = {}
    key: ClassVar[str]
    title: Any
    unit: ClassVar[str] = "%"
    better: ClassVar[str] = "higher"
    source: ClassVar[str]
    numerator: ClassVar[tuple[str, ...]]
    denominator: ClassVar[str] = ""
    parts: ClassVar[Mapping[str, Any]]
    green: ClassVar[Decimal | None] = None
    amber: ClassVar[Decimal | None] = None
    days_over: ClassVar[bool] = False
    beside: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.key = cls.__module__.rpartition(".")[2]
        Kpi.registry[cls.key] = cls()

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.numerator, self.denominator) if self.denominator else self.numerator

    @property
    def day(self) -> str:
        """The column of CaseFact by which a case falls into a period."""
        return MEASURES[self.numerator[0]].day

    def period(self, period: Period, today: date) -> Period:
        """The part of the period that is counted."""
        return period.until(today) if self.days_over else period

    def figure(self, sums: Mapping[str, int]) -> Figure:
        """The figure of the sums of its measures."""
        hits = sum(sums[name] for name in self.numerator)
        if not self.denominator:
            return Figure(numerator=hits, value=Decimal(hits))
        of = sums[self.denominator]
        if not of:
            return Figure(numerator=hits, denominator=0)
        low, high = (percent(share) for share in wilson(hits, of))
        return Figure(numerator=hits, denominator=of, value=percent(Decimal(hits) / of), low=low, high=high)

    def cases(self, part: str, period: Period) -> Q:
        """The condition on CaseFact for the rounds behind a number of this KPI.

        part  "numerator", "denominator", or "rest": the denominator without the numerator
        """
        hits = reduce(or_, (MEASURES[name].condition for name in self.numerator))
        of = MEASURES[self.denominator].condition if self.denominator else Q()
        among = {"numerator": hits, "denominator": of, "rest": of & ~hits}[part if self.denominator else "numerator"]
        return Q(nature=COUNTED, **{f"{self.day}__gte": period.start, f"{self.day}__lt": period.end}) & among


def percent(share: Decimal) -> Decimal:
    return (share * 100).quantize(HUNDREDTH)
