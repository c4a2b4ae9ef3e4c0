"""M: exactly at the edge, where < and <= part. Received on Monday 2026-09-14 at 10:00: sign-off is due at 15:00."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from organization.models import LegalEntity
from sla import rulebook, services
from sla.arithmetic import add_working, end_of_day, parse_hours, worked, working_spans
from sla.errors import AlreadyLate, CalendarMissing
from sla.models import Calendar, ClockState, Policy, Target

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = "2026-09-14 10:00"
OPEN = parse_hours([["09:00", "12:00"], ["13:00", "17:30"]])


@pytest.fixture
def sign_off(running):
    return running("sign_off", MONDAY)


def september(*days: int):
    return working_spans({date(2026, 9, day): OPEN for day in days}, SHANGHAI)


def test_a_missing_day_that_is_the_last_of_the_stretch_is_missed(local):
    """M: a missing day that is the last day of the stretch."""
    spans = september(14, 15, 17)
    with pytest.raises(CalendarMissing) as error:
        worked(local("2026-09-15 10:00"), local("2026-09-16 10:00"), spans)
    assert error.value.facts == {"day": date(2026, 9, 16)}


def test_a_stretch_may_end_where_the_calendar_ends(local):
    """M: an end on exactly the first day after the calendar; its last day; its first one."""
    spans = september(14, 15)
    end = local("2026-09-16 00:00")
    assert worked(local("2026-09-15 10:00"), end, spans) == timedelta(hours=6.5)
    assert worked(local("2026-09-14 00:00"), local("2026-09-15 23:59"), spans) == timedelta(hours=15)
    with pytest.raises(CalendarMissing) as error:
        worked(local("2026-09-15 10:00"), end + timedelta(microseconds=1), spans)
    assert error.value.facts == {"day": date(2026, 9, 16)}
    all_day = working_spans({date(2026, 9, 14): parse_hours([["00:00", "24:00"]])}, SHANGHAI)
    assert add_working(local("2026-09-14 23:00"), timedelta(hours=1), all_day) == local("2026-09-15 00:00")


@pytest.mark.parametrize("written", [[["09:00", "12:00"], ["12:00", "17:00"]], [["09:00", "09:00"]]])
def test_opening_hours_that_touch_or_are_empty_are_refused(written):
    """M: spans that touch, or are empty."""
    with pytest.raises(ValueError, match="later"):
        parse_hours(written)


@pytest.mark.parametrize("written", [[["00:00", "24:00"]], [["09:00", "12:00"], ["12:01", "17:00"]]])
def test_the_longest_day_and_the_shortest_break_are_taken(written):
    """M: the other side of it."""
    assert len(parse_hours(written)) == len(written)


def test_days_of_the_law_are_counted_in_the_zone_of_the_institution(planned, local):
    """M: a calendar of another zone moves the deadlines of the house, and none of the law."""
    before = planned("2026-09-14 23:30")
    Calendar.objects.update(zone="America/New_York")
    rulebook.forget()
    after = planned("2026-09-14 23:30")
    assert after["decision"].due_at == before["decision"].due_at == local("2026-09-29 23:59:59")
    assert after["sign_off"].due_at != before["sign_off"].due_at


def test_a_rung_whose_moment_is_the_start_never_was(running, local):
    """M: a rung whose moment equals the start."""
    clock = running("decision", MONDAY)
    rungs = services.timetable(clock)
    _first, start = next(iter(rungs))
    assert services.first_firing(rungs, start)[0] == 2
    assert services.first_firing(rungs, start - timedelta(microseconds=1)) == (1, start)


def test_a_clock_stopped_before_its_start_is_stopped_at_its_start(sign_off, local):
    """M: told_at before started_at."""
    services.stop(sign_off, local("2026-09-14 09:00"))
    assert sign_off.stopped_at == sign_off.started_at == local(MONDAY)


@pytest.mark.parametrize(("seconds", "fires"), [(0, 1), (-1, 0)])
def test_a_rung_whose_moment_is_the_stop_still_fires(seconds, fires, sign_off, local):
    """M: a rung whose moment is exactly the moment of the stop."""
    services.stop(sign_off, sign_off.next_fire_at + timedelta(seconds=seconds))
    assert len(services.fire(sign_off, local("2026-10-01 10:00"))) == fires
    assert (sign_off.next_rung, sign_off.next_fire_at) == (None, None)


@pytest.mark.parametrize(("seconds", "fires"), [(0, 1), (-1, 0)])
def test_a_rung_whose_moment_is_the_pause_still_fires(seconds, fires, sign_off, local):
    """M: a rung whose moment is exactly the moment of the pause."""
    reminder = sign_off.next_fire_at
    services.pause(sign_off, reminder + timedelta(seconds=seconds))
    assert sign_off.next_fire_at == (reminder if fires else None)
    assert len(services.fire(sign_off, local("2026-10-01 10:00"))) == fires
    assert sign_off.next_fire_at is None


@pytest.mark.parametrize("goes_on", [services.resume, services.stop])
def test_what_goes_on_before_it_was_paused_moves_nothing(goes_on, sign_off, local):
    """M: resume or stop with a moment before the pause does not move the deadline back."""
    services.pause(sign_off, local("2026-09-14 11:00"))
    goes_on(sign_off, local("2026-09-14 10:30"))
    assert sign_off.due_at == sign_off.first_due_at == local("2026-09-14 15:00")
    assert (sign_off.paused_at, sign_off.paused_seconds) == (None, 0)


def test_a_pause_before_the_start_begins_with_it(sign_off, local):
    """M: the same at the other end."""
    services.pause(sign_off, local("2026-09-14 09:00"))
    assert (sign_off.paused_at, sign_off.left_seconds) == (local(MONDAY), 4 * 3600)


def test_a_paused_clock_is_restated_after_its_deadline(sign_off, local):
    """M: while it stands still its deadline is not passed."""
    services.pause(sign_off, local("2026-09-14 11:00"))
    services.restate(sign_off, due_at=local("2026-09-14 16:00"), cause="extension", at=local("2026-09-20 10:00"))
    assert sign_off.due_at == local("2026-09-14 16:00")
    assert sign_off.left_seconds == 4 * 3600
    assert sign_off.next_fire_at is None


@pytest.mark.parametrize(("moment", "late"), [("15:00:00.999999", False), ("15:00:01", True)])
def test_a_deadline_can_be_moved_until_its_second_is_over(moment, late, sign_off, local):
    """M: exactly at the deadline it may still be moved, and paused."""
    at = local(f"2026-09-14 {moment}")
    services.pause(sign_off, at)
    assert (sign_off.paused_at is None) is late
    sign_off.paused_at = None
    if late:
        with pytest.raises(AlreadyLate):
            services.restate(sign_off, due_at=local("2026-09-14 16:00"), cause="extension", at=at)
    else:
        assert services.restate(sign_off, due_at=local("2026-09-14 16:00"), cause="extension", at=at)


def test_a_running_clock_that_has_breached_is_not_on_time(sign_off, local):
    """M: on_time is False for a running clock that has breached."""
    services.fire(sign_off, local("2026-09-14 15:00:01"))
    assert sign_off.stopped_at is None
    assert services.on_time(sign_off) is False
    assert services.state_of(sign_off, local("2026-09-14 15:00:01")) == ClockState.BREACHED


def test_what_is_moved_by_a_stop_is_told(sign_off, local):
    """M: a paused clock that stops has moved its deadline, and the caller stores the move."""
    services.pause(sign_off, local("2026-09-14 11:00"))
    moved = services.stop(sign_off, local("2026-09-14 12:00"))
    assert moved is not None
    assert (moved.cause, moved.now) == ("pause", local("2026-09-14 16:00"))
    assert services.stop(sign_off, local("2026-09-14 12:00")) is None


def test_deadlines_are_of_whole_seconds_and_in_utc(planned, configured, local):
    """M: what a microsecond or a zone of the sender would carry into every later sum."""
    received = "2026-09-14 10:00:00.700000"
    for clock in planned(received).values():
        assert clock.started_at == local(MONDAY)
        assert (clock.due_at.microsecond, clock.due_at.utcoffset()) == (0, timedelta())
    when = {"started_at": local(received), "at": local(received)}
    later = services.plan_later("sign_off", services.Facts(nature="complaint"), **when)
    assert (later.started_at, later.due_at) == (local(MONDAY), local("2026-09-14 15:00"))
    assert add_working(local(MONDAY), timedelta(), september(14)).utcoffset() == timedelta()


def test_a_policy_of_the_entity_comes_before_every_one_of_the_group(planned, configured, local):
    """M: whatever the order of their positions."""
    own = LegalEntity.objects.create(code="own", name="子公司")
    group = Policy.objects.filter(legal_entity=None).order_by("position").first()
    policy = Policy.objects.create(
        key="own", name="own", position=group.position + 1_000, effective_from=date(2026, 1, 1), legal_entity=own,
        calendar=group.calendar, natures=["complaint"],
    )  # fmt: skip
    ladder = group.targets.first().ladder
    Target.objects.create(policy=policy, kind="sign_off", amount=60, unit="working_minutes", ladder=ladder)
    rulebook.forget()
    assert list(planned(MONDAY, entity=own.pk)) == ["decision", "sign_off"]
    assert planned(MONDAY, entity=own.pk)["sign_off"].due_at == local("2026-09-14 11:00")
    assert planned(MONDAY)["sign_off"].due_at == local("2026-09-14 15:00")


def test_a_clock_without_a_calendar_counts_plain_time(sign_off, local):
    """M: what it has left, and how far a pause moves it."""
    sign_off.calendar_id = None
    services.pause(sign_off, local("2026-09-14 11:00"))
    assert sign_off.left_seconds == 4 * 3600
    services.resume(sign_off, local("2026-09-15 11:00"))
    assert sign_off.due_at == local("2026-09-15 15:00")


def test_days_are_not_counted_from_a_moment_without_zone():
    """M: of calendar days as of working time."""
    with pytest.raises(ValueError, match="no time zone"):
        end_of_day(datetime(2026, 9, 14, 10), 15, SHANGHAI)  # noqa: DTZ001
