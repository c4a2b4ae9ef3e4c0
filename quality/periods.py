"""Stretches of days: half-open, [start, end), in the zone of the institution."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, TextChoices
from django.utils.translation import pgettext_lazy as pgettext

INTERVALS = ("day", "week", "month")
DAY = timedelta(days=1)


class Length(TextChoices):
    """The stretches of which sums are kept."""

    DAY = "day", pgettext("period", "Day")
    MONTH = "month", pgettext("period", "Month")


@dataclass(frozen=True)
class Period:
    """The days from `start` to before `end`."""

    start: date
    end: date

    @property
    def last(self) -> date:
        """The last day that counts."""
        return self.end - DAY

    def until(self, end: date) -> "Period":
        """The part before `end`; empty when all of it lies later."""
        return Period(self.start, max(self.start, min(self.end, end)))

    def split(self, interval: str) -> Iterator["Period"]:
        """The days, weeks (from Monday) or months of the period; the first and last may be cut."""
        start = self.start
        while start < self.end:
            end = min(next_start(start, interval), self.end)
            yield Period(start, end)
            start = end

    def in_cells(self, today: date) -> Q:
        """The cells that together hold exactly these days: by month what is over, the edges by day."""
        first = self.start if self.start.day == 1 else next_start(self.start, "month")
        after = min(self.end, today).replace(day=1)
        if first >= after:
            return self.in_day_cells
        edges = Q(starts_on__lt=first) | Q(starts_on__gte=after)
        return Q(period=Length.MONTH, starts_on__gte=first, starts_on__lt=after) | self.in_day_cells & edges

    @property
    def in_day_cells(self) -> Q:
        return Q(period=Length.DAY, starts_on__gte=self.start, starts_on__lt=self.end)


def next_start(day: date, interval: str) -> date:
    """Where the day, week or month that follows begins."""
    if interval == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    if interval == "week":
        return day + timedelta(days=7 - day.weekday())
    return day + DAY
