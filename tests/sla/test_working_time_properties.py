"""What must hold for any calendar, moment and budget, against an oracle that counts minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from sla.arithmetic import (
    add_working,
    add_working_days,
    end_of_day,
    end_of_working_day,
    microseconds,
    parse_hours,
    worked,
    working_spans,
)

FIRST = date(2026, 3, 1)  # clocks change in New York on the 8th
DAYS = 24
MINUTE = timedelta(minutes=1)
HOURS = [
    parse_hours(written)
    for written in (
        [],
        [["09:00", "12:00"], ["13:00", "17:30"]],
        [["08:30", "12:00"]],
        [["00:00", "24:00"]],
        [["20:00", "24:00"]],
        [["00:00", "01:00"], ["10:07", "10:09"]],
    )
]
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "UTC")]

weeks = some.lists(some.sampled_from(HOURS), min_size=7, max_size=7).filter(any)
zones = some.sampled_from(ZONES)
budgets = some.integers(min_value=1, max_value=300)  # minutes
moments = some.integers(min_value=24 * 60, max_value=5 * 24 * 60).map(
    lambda minute: datetime(2026, 3, 1, tzinfo=UTC) + minute * MINUTE
)


def days_of(week):
    return {FIRST + timedelta(days=number): week[number % 7] for number in range(-2, DAYS)}


def is_worked(moment, days, zone):
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(opens <= minute < closes for opens, closes in days[local.date()])


def oracle_due(start, minutes, days, zone):
    moment = start
    while minutes:
        minutes -= is_worked(moment, days, zone)
        moment += MINUTE
    return moment


def roomy(week, minutes):
    """Whether a fortnight of this week holds the budget, so that the calendar does not end."""
    return 2 * sum(closes - opens for hours in week for opens, closes in hours) > minutes + 2 * 24 * 60


plans = some.tuples(weeks, zones, moments, budgets).filter(lambda plan: roomy(plan[0], 2 * plan[3]))


@given(plans)
def test_it_agrees_with_counting_minute_by_minute(plan):
    week, zone, start, minutes = plan
    days = days_of(week)

    due = add_working(start, minutes * MINUTE, working_spans(days, zone))

    assert due == oracle_due(start, minutes, days, zone)


@given(plans, budgets)
def test_it_never_goes_back_adds_up_and_counts_what_it_gave(plan, more):
    week, zone, start, minutes = plan
    more = min(more, minutes)
    spans = working_spans(days_of(week), zone)

    due = add_working(start, minutes * MINUTE, spans)
    later = add_working(start, (minutes + more) * MINUTE, spans)

    assert start <= due < later
    assert due <= add_working(start + MINUTE, minutes * MINUTE, spans)
    assert add_working(due, more * MINUTE, spans) == later
    assert worked(start, due, spans) == minutes * MINUTE
    assert worked(due, later, spans) == more * MINUTE
    assert any(opens < microseconds(due) <= closes for opens, closes in zip(spans.opens, spans.closes, strict=True))


@given(plans, zones)
def test_the_zone_of_the_input_does_not_matter(plan, other):
    week, zone, start, minutes = plan
    spans = working_spans(days_of(week), zone)

    assert add_working(start.astimezone(other), minutes * MINUTE, spans) == add_working(start, minutes * MINUTE, spans)
    assert add_working_days(start.astimezone(other), 1, spans) == add_working_days(start, 1, spans)
    assert end_of_day(start.astimezone(other), 15, zone) == end_of_day(start, 15, zone)


@given(plans, some.sampled_from(HOURS))
def test_a_day_outside_start_and_deadline_changes_nothing(plan, hours):
    week, zone, start, minutes = plan
    days = days_of(week)
    due = add_working(start, minutes * MINUTE, working_spans(days, zone))

    days[start.astimezone(zone).date() - timedelta(days=1)] = hours
    days[due.astimezone(zone).date() + timedelta(days=1)] = hours

    assert add_working(start, minutes * MINUTE, working_spans(days, zone)) == due


@given(zones, moments, some.integers(min_value=1, max_value=10))
def test_working_days_and_calendar_days_agree_when_every_day_is_worked(zone, start, days):
    spans = working_spans(days_of([parse_hours([["00:00", "24:00"]])] * 7), zone)

    assert add_working_days(start, days, spans) == end_of_day(start, days, zone) + timedelta(seconds=1)


@given(plans)
def test_the_same_day_ends_with_the_last_worked_minute_of_the_first_day_that_has_one_left(plan):
    week, zone, start, _minutes = plan
    days = days_of(week)

    due = end_of_working_day(start, working_spans(days, zone))

    moment = start
    while not is_worked(moment, days, zone):
        moment += MINUTE
    last = moment
    while moment.astimezone(zone).date() == last.astimezone(zone).date():
        last = moment if is_worked(moment, days, zone) else last
        moment += MINUTE
    assert start < due == last + MINUTE


@given(plans)
def test_the_same_day_never_goes_back_and_comes_before_the_next_working_day(plan):
    week, zone, start, _minutes = plan
    spans = working_spans(days_of(week), zone)

    due = end_of_working_day(start, spans)
    assert due <= end_of_working_day(start + MINUTE, spans)
    assert due <= add_working_days(start, 1, spans)
    assert add_working_days(due - MINUTE, 1, spans) == end_of_working_day(due, spans)


@given(plans, some.integers(min_value=0, max_value=3000), some.integers(min_value=0, max_value=100))
def test_a_pause_moves_the_deadline_by_its_working_time(plan, length, wait):
    week, zone, start, minutes = plan
    spans = working_spans(days_of(week), zone)
    due = add_working(start, minutes * MINUTE, spans)
    paused_at = min(start + wait * MINUTE, due)
    resumed_at = paused_at + length * MINUTE

    moved = add_working(due, worked(paused_at, resumed_at, spans), spans)

    assert worked(start, moved, spans) - worked(start, due, spans) == worked(paused_at, resumed_at, spans)
    assert moved >= due
