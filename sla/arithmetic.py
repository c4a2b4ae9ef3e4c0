"""Time arithmetic of deadlines: calendar days and working time. Pure: no model, no settings, no now().

Moments are aware datetimes of any zone and come back in UTC, because Python subtracts two datetimes of one zone by
wall clock: a shift over a daylight-saving change would be an hour out. Inside, a moment is a whole number of
microseconds since 1970, so that sums are exact and a search is one bisection.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.errors import CalendarMissing

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
MINUTES_OF_A_DAY = 24 * 60
MICROSECONDS_OF_A_MINUTE = 60_000_000
SATURDAY = 6  # date.isoweekday()

# Opening hours of one day: (opens, closes) in minutes after midnight, oldest first; empty on a day off.
Hours = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Spans:
    """Working time of a calendar, laid out for bisection. Made by `working_spans`."""

    zone: ZoneInfo
    first: date
    last: date
    missing: tuple[date, ...]  # days between first and last that nobody published
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    on: tuple[date, ...]  # the day of each span
    before: tuple[int, ...]  # working time of all earlier spans
    through: tuple[int, ...]  # the same with this span
    days: tuple[date, ...]  # working days
    day_opens: tuple[int, ...]  # opening time of each working day
    day_closes: tuple[int, ...]  # closing time of each working day

    def require(self, start: date, end: date) -> None:
        """Refuse a stretch of days that is not published as a whole. Raises CalendarMissing."""
        if start < self.first:
            raise CalendarMissing(day=start)
        position = bisect_left(self.missing, start)
        if position < len(self.missing) and self.missing[position] <= end:
            raise CalendarMissing(day=self.missing[position])
        if end > self.last:
            raise CalendarMissing(day=max(start, self.last + DAY))

    def position(self, moment: int) -> int:
        """Working time from the beginning of the calendar to `moment`."""
        index = bisect_right(self.closes, moment)
        if index == len(self.closes):
            return self.through[-1] if self.through else 0
        return self.before[index] + max(0, moment - self.opens[index])


class Span(NamedTuple):
    day: date
    opens: int
    closes: int


def working_spans(days: Mapping[date, Hours], zone: ZoneInfo) -> Spans:
    """Lay out the working time of `days` (every day of a published year, days off with no hours) in `zone`."""
    if not days:
        raise ValueError("a calendar needs at least one day")
    first, last = min(days), max(days)
    every_day = (first + timedelta(days=number) for number in range((last - first).days + 1))
    spans = [span for day in sorted(days) for span in spans_of(day, days[day], zone)]
    on, opens, closes = zip(*spans, strict=True) if spans else ((), (), ())
    through = tuple(accumulate(span.closes - span.opens for span in spans))
    opening: dict[date, int] = {}
    for span in spans:
        opening.setdefault(span.day, span.opens)
    closing = dict(zip(on, closes, strict=True))  # the last span of a day wins
    return Spans(
        zone=zone,
        first=first,
        last=last,
        missing=tuple(day for day in every_day if day not in days),
        opens=opens,
        closes=closes,
        on=on,
        before=(0, *through[:-1]) if spans else (),
        through=through,
        days=tuple(closing),
        day_opens=tuple(opening.values()),
        day_closes=tuple(closing.values()),
    )


def spans_of(day: date, hours: Hours, zone: ZoneInfo) -> list[Span]:
    """The opening hours of one day; none for a day off, whose midnight nobody needs."""
    if not hours:
        return []
    shown = wall_of(day, zone)
    return [Span(day, shown(opens), shown(closes)) for opens, closes in hours]


def add_working(start: datetime, budget: timedelta, spans: Spans) -> datetime:
    """Return the moment at which `budget` of working time after `start` is used up.

    A budget that ends at closing time is due at closing, not at the next opening. No budget is due at once.
    Raises ValueError for a naive `start` or a negative budget; CalendarMissing when a day on the way is not published.
    """
    if budget < timedelta():
        raise ValueError(f"budget must not be negative, got {budget}")
    moment = microseconds(start)
    if not budget:
        return start.astimezone(UTC)
    day = local_day(start, spans.zone)
    target = spans.position(moment) + budget // MICROSECOND
    index = bisect_left(spans.through, target)
    spans.require(day, spans.on[index] if index < len(spans.on) else date.max)
    return at(spans.opens[index] + target - spans.before[index])


def add_working_days(start: datetime, days: int, spans: Spans) -> datetime:
    """Return the closing time of the `days`-th working day after the day of `start`, which itself does not count.

    Raises ValueError for a naive `start` or less than one day; CalendarMissing when a day on the way is not published.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1, got {days}")
    microseconds(start)
    day = local_day(start, spans.zone)
    index = bisect_right(spans.days, day) + days - 1
    spans.require(day, spans.days[index] if index < len(spans.days) else date.max)
    return EPOCH + timedelta(microseconds=spans.day_closes[index])


def working_days_before(day: date, days: int, spans: Spans) -> datetime:
    """Return the closing time of the `days`-th working day before `day`, which itself does not count.

    Raises ValueError for less than one day; CalendarMissing when a day on the way is not published.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1, got {days}")
    index = bisect_left(spans.days, day) - days
    spans.require(spans.days[index] if index >= 0 else date.min, day)
    return EPOCH + timedelta(microseconds=spans.day_closes[index])


def end_of_working_day(start: datetime, spans: Spans) -> datetime:
    """Return the closing time of the working day of `start`; from closing time on, and on a day off, of the next one.

    Raises ValueError for a naive `start`; CalendarMissing when a day on the way is not published.
    """
    index = bisect_right(spans.day_closes, microseconds(start))
    spans.require(local_day(start, spans.zone), spans.days[index] if index < len(spans.days) else date.max)
    return EPOCH + timedelta(microseconds=spans.day_closes[index])


def subtract_working(end: datetime, budget: timedelta, spans: Spans) -> datetime:
    """Return the last moment from which `budget` of working time is left until `end`: an opening, where it can be.

    No budget is `end` itself. Raises ValueError for a naive `end` or a negative budget; CalendarMissing as above.
    """
    if budget < timedelta():
        raise ValueError(f"budget must not be negative, got {budget}")
    target = spans.position(microseconds(end)) - budget // MICROSECOND
    if not budget:
        return end.astimezone(UTC)
    day = local_day(end, spans.zone)
    if target < 0:
        spans.require(spans.first - DAY, day)
    index = bisect_right(spans.through, target)
    spans.require(spans.days[0] if index == len(spans.opens) else spans.on[index], day)
    return at(spans.opens[index] + target - spans.before[index])


def opening_of(day: date, days: int, spans: Spans) -> datetime:
    """Return the opening time of the `days`-th working day after `day`, or before it where `days` is negative.

    Raises ValueError for no days; CalendarMissing when a day on the way is not published.
    """
    if not days:
        raise ValueError("days must not be 0")
    index = bisect_right(spans.days, day) + days - 1 if days > 0 else bisect_left(spans.days, day) + days
    if not 0 <= index < len(spans.days):
        spans.require(spans.first - DAY if index < 0 else day, day if index < 0 else date.max)
    spans.require(min(day, spans.days[index]), max(day, spans.days[index]))
    return at(spans.day_opens[index])


def at_work(moment: datetime, spans: Spans) -> datetime:
    """Return `moment` if it lies in working time, else the next opening. Closing time is over.

    Raises ValueError for a naive moment; CalendarMissing when a day on the way is not published.
    """
    index = bisect_right(spans.closes, microseconds(moment))
    day = local_day(moment, spans.zone)
    spans.require(day, spans.on[index] if index < len(spans.on) else date.max)
    return max(moment.astimezone(UTC), at(spans.opens[index]))


def worked(start: datetime, end: datetime, spans: Spans) -> timedelta:
    """Return the working time between two moments; none when `end` is not after `start`.

    Raises ValueError for a naive moment; CalendarMissing when a day between is not published.
    """
    begins, ends = microseconds(start), microseconds(end)
    if ends <= begins:
        return timedelta()
    spans.require(local_day(start, spans.zone), local_day(end - MICROSECOND, spans.zone))
    return timedelta(microseconds=spans.position(ends) - spans.position(begins))


def end_of_day(received_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return 23:59:59 in `zone`, `days` calendar days after the day of receipt; holidays do not move it.

    The day of receipt is not counted and the last day ends at midnight (regulations 1.5.7, 1.5.8).
    Raises ValueError for a naive `received_at`.
    """
    microseconds(received_at)
    return last_second(local_day(received_at, zone) + timedelta(days=days), zone)


@lru_cache(maxsize=4096)
def last_second(day: date, zone: ZoneInfo) -> datetime:
    """Return 23:59:59 of `day` in `zone`."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def is_late(moment: datetime, due_at: datetime) -> bool:
    """Whether the second of `moment` is after the deadline. The second of the deadline itself is on time."""
    return moment.replace(microsecond=0) > due_at


def parse_hours(written: object) -> Hours:
    """Read opening hours as they are written: [["09:00", "12:00"], ["13:00", "24:00"]]. Raises ValueError."""
    if not isinstance(written, list):
        raise ValueError('write pairs of times, such as [["09:00", "12:00"], ["13:00", "17:30"]]')
    hours = tuple((minutes(opens), minutes(closes)) for opens, closes in written)
    edges = [edge for span in hours for edge in span]
    if any(later <= earlier for earlier, later in zip(edges, edges[1:], strict=False)):
        raise ValueError("each time must be later than the one before it")
    return hours


def minutes(written: str) -> int:
    """Minutes after midnight of "HH:MM"; "24:00" is the end of the day. Raises ValueError."""
    hour, minute = (int(part) for part in str(written).split(":"))
    total = hour * 60 + minute
    if not (0 <= minute < 60 and 0 <= total <= MINUTES_OF_A_DAY):
        raise ValueError(f"{written} is not a time of day")
    return total


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970. Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - EPOCH) // MICROSECOND


def at(microseconds_since_1970: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds_since_1970)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def wall(day: date, minutes_after_midnight: int, zone: ZoneInfo) -> datetime:
    """The moment at which a clock on the wall of `zone` shows this time of `day`."""
    return datetime.combine(day, time(), zone) + timedelta(minutes=minutes_after_midnight)


def wall_of(day: date, zone: ZoneInfo) -> Callable[[int], int]:
    """From minutes after midnight of this day, as a clock on the wall shows them, to microseconds since 1970.

    A day of 24 hours is reckoned from its midnight, which is most of the work of a calendar of decades.
    """
    midnight = microseconds(wall(day, 0, zone))
    if microseconds(wall(day, MINUTES_OF_A_DAY, zone)) - midnight == MINUTES_OF_A_DAY * MICROSECONDS_OF_A_MINUTE:
        return lambda minutes_after_midnight: midnight + minutes_after_midnight * MICROSECONDS_OF_A_MINUTE
    return lambda minutes_after_midnight: microseconds(wall(day, minutes_after_midnight, zone))
