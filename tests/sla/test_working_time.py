"""Working time, one line a case. Hours 09:00-12:00, 13:00-17:30; September 2026 in China: Friday 25th is a holiday,
Sunday 20th is a make-up working day, Saturday 26th a half day of this bank."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.arithmetic import add_working, add_working_days, end_of_working_day, parse_hours, worked, working_spans
from sla.errors import CalendarMissing

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPEN = parse_hours([["09:00", "12:00"], ["13:00", "17:30"]])
HALF = parse_hours([["09:00", "12:00"]])
ROUND_THE_CLOCK = parse_hours([["00:00", "24:00"]])


def september(day: int) -> date:
    return date(2026, 9, day)


WORKED = {14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 28, 29, 30}
SPANS = working_spans(
    {september(day): OPEN if day in WORKED else HALF if day == 26 else () for day in range(14, 31)}, SHANGHAI
)


def local(written: str) -> datetime:
    return datetime.fromisoformat(f"2026-09-{written}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("14 09:00", 1, "14 10:00"),
        ("14 10:00", 4, "14 15:00"),  # over lunch
        ("14 12:30", 1, "14 14:00"),  # in the lunch break
        ("14 09:00", 3, "14 12:00"),  # ends at closing, not at the next opening
        ("14 09:00", 7.5, "14 17:30"),
        ("14 17:30", 1, "15 10:00"),  # at closing time
        ("14 23:59:59", 1, "15 10:00"),  # at night
        ("15 00:00", 1, "15 10:00"),
        ("18 16:30", 2, "20 10:00"),  # the make-up Sunday counts, the Saturday does not
        ("19 10:00", 1, "20 10:00"),
        ("24 17:00", 1, "26 09:30"),  # holiday, then the half day
        ("24 17:00", 4, "28 09:30"),  # three hours on the half day
        ("27 10:00", 7.5, "28 17:30"),
        ("14 10:00:30", 1, "14 11:00:30"),
        ("19 10:00", 0, "19 10:00"),
    ],
)
def test_hours_are_used_up_in_opening_hours_only(start, hours, due):
    assert add_working(local(start), timedelta(hours=hours), SPANS) == local(due)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("14 00:00", 1, "15 17:30"),
        ("14 23:59:59", 1, "15 17:30"),
        ("18 10:00", 1, "20 17:30"),
        ("18 10:00", 7, "28 17:30"),  # the half day of this bank is worked
        ("19 10:00", 1, "20 17:30"),
        ("24 10:00", 1, "26 12:00"),
    ],
)
def test_working_days_end_at_closing_and_the_first_day_does_not_count(start, days, due):
    assert add_working_days(local(start), days, SPANS) == local(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("14 00:00", "14 17:30"),  # before opening
        ("14 12:30", "14 17:30"),  # in the lunch break
        ("14 17:29:59", "14 17:30"),
        ("14 17:30", "15 17:30"),  # from closing time on: the next working day
        ("14 23:59:59", "15 17:30"),
        ("18 18:00", "20 17:30"),  # the make-up Sunday
        ("19 10:00", "20 17:30"),  # a day off
        ("25 10:00", "26 12:00"),  # a holiday, then the half day
    ],
)
def test_the_same_day_ends_at_closing_and_from_then_on_is_the_next_one(start, due):
    """F44: a first contact on the same day could not be asked for."""
    assert end_of_working_day(local(start), SPANS) == local(due)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("14 09:00", "14 17:30", 7.5),
        ("14 00:00", "15 00:00", 7.5),
        ("18 17:00", "20 09:30", 1),
        ("25 00:00", "27 23:00", 3),
        ("15 10:00", "15 10:00", 0),
        ("16 10:00", "15 10:00", 0),
    ],
)
def test_worked_counts_opening_hours_between_two_moments(start, end, hours):
    assert worked(local(start), local(end), SPANS) == timedelta(hours=hours)


def test_a_day_may_end_at_midnight():
    spans = working_spans({september(day): ROUND_THE_CLOCK for day in (14, 15)}, SHANGHAI)

    assert add_working(local("14 00:00"), timedelta(hours=24), spans) == local("15 00:00")
    assert add_working(local("14 23:00"), timedelta(hours=2), spans) == local("15 01:00")
    assert add_working(local("15 00:00"), timedelta(hours=24), spans) == local("16 00:00")


@pytest.mark.parametrize(
    ("zone", "changing", "hours"),
    [("America/New_York", date(2026, 3, 8), 23), ("Europe/Berlin", date(2026, 10, 25), 25)],
)
def test_a_day_of_clock_change_has_its_own_length(zone, changing, hours):
    spans = working_spans({changing: ROUND_THE_CLOCK}, ZoneInfo(zone))
    midnight = datetime.combine(changing, datetime.min.time(), ZoneInfo(zone))

    assert worked(midnight, midnight.astimezone(UTC) + timedelta(hours=hours), spans) == timedelta(hours=hours)
    assert (spans.closes[0] - spans.opens[0]) / 3_600_000_000 == hours


@pytest.mark.parametrize(
    ("reckon", "missing"),
    [
        (lambda: add_working(local("30 17:00"), timedelta(hours=1), SPANS), date(2026, 10, 1)),
        (lambda: add_working_days(local("29 10:00"), 2, SPANS), date(2026, 10, 1)),
        (lambda: add_working_days(local("13 10:00"), 1, SPANS), date(2026, 9, 13)),
        (lambda: end_of_working_day(local("30 17:30"), SPANS), date(2026, 10, 1)),
        (lambda: end_of_working_day(local("13 10:00"), SPANS), date(2026, 9, 13)),
        (lambda: worked(local("30 10:00"), datetime(2026, 10, 2, tzinfo=UTC), SPANS), date(2026, 10, 1)),
        (lambda: add_working(datetime(2027, 1, 4, tzinfo=UTC), timedelta(hours=1), SPANS), date(2027, 1, 4)),
    ],
)
def test_a_day_outside_the_calendar_is_an_error_never_a_guess(reckon, missing):
    with pytest.raises(CalendarMissing) as error:
        reckon()
    assert error.value.facts == {"day": missing}


def test_a_hole_in_the_calendar_is_missed_only_by_what_crosses_it():
    days = {september(day): OPEN for day in range(14, 31) if day != 16}
    spans = working_spans(days, SHANGHAI)

    assert add_working_days(local("14 10:00"), 1, spans) == local("15 17:30")
    assert add_working(local("17 10:00"), timedelta(hours=1), spans) == local("17 11:00")
    with pytest.raises(CalendarMissing) as error:
        add_working_days(local("15 10:00"), 2, spans)
    assert error.value.facts == {"day": september(16)}


@pytest.mark.parametrize(
    "reckon",
    [
        lambda naive: add_working(naive, timedelta(hours=1), SPANS),
        lambda naive: add_working_days(naive, 1, SPANS),
        lambda naive: end_of_working_day(naive, SPANS),
        lambda naive: worked(naive, local("15 10:00"), SPANS),
        lambda naive: worked(local("15 10:00"), naive, SPANS),
    ],
)
def test_a_moment_without_zone_is_refused(reckon):
    with pytest.raises(ValueError, match="no time zone"):
        reckon(local("14 10:00").replace(tzinfo=None))


@pytest.mark.parametrize("days", [0, -1])
def test_a_budget_below_nothing_is_refused(days):
    with pytest.raises(ValueError, match="must"):
        add_working_days(local("14 10:00"), days, SPANS)
    with pytest.raises(ValueError, match="negative"):
        add_working(local("14 10:00"), -timedelta(minutes=1), SPANS)


@pytest.mark.parametrize(
    "written",
    [
        "09:00-17:30",
        [["09:00"]],
        [["12:00", "09:00"]],
        [["09:00", "12:00"], ["11:00", "17:30"]],
        [["09:00", "24:01"]],
        [["09:60", "12:00"]],
        [["nine", "twelve"]],
    ],
)
def test_hours_that_make_no_sense_are_refused(written):
    with pytest.raises(ValueError, match=r".+"):
        parse_hours(written)
