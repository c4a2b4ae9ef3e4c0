"""F41: rungs reach people in working time, the breach is exact. The dates are worked out by hand, from the notices.

2025 (国办发明电〔2024〕12号): 10-01 to 10-08 off, Sunday 09-28 and Saturday 10-11 worked.
2026 (国办发明电〔2025〕7号): 09-25 to 09-27 and 10-01 to 10-07 off, Sunday 09-20 and Saturday 10-10 worked.
"""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla import rulebook, services
from sla.arithmetic import SECOND, microseconds
from sla.models import Rung


def moments(clock):
    return [moment for _rung, moment in services.timetable(clock)]


@pytest.mark.parametrize(
    ("received", "written"),
    [
        # due 2025-10-03, in 国庆: before it 09-30, 29, 28 (a Sunday that is worked), 26, 25; after it Thursday 10-09,
        # then 10-10, 10-11 (a Saturday that is worked), 10-13, 10-14, 10-15
        (
            "2025-09-18 10:00",
            "09-25 09:00, 09-28 09:00, 09-30 09:00, 10-04 00:00, 10-09 09:00, 10-10 09:00, 10-13 09:00, 10-15 09:00",
        ),
        # due 2026-10-03: before it 09-30, 29, 28, 24, 23; after it 10-08, then 10-09, 10-10, 10-12, 10-13, 10-14
        (
            "2026-09-18 10:00",
            "09-23 09:00, 09-28 09:00, 09-30 09:00, 10-04 00:00, 10-08 09:00, 10-09 09:00, 10-12 09:00, 10-14 09:00",
        ),
    ],
)
def test_a_deadline_in_a_holiday_is_reminded_of_before_it(running, local, received, written):
    """F41: the last reminders of a deadline in 国庆 came one second before midnight, on a day off."""
    clock = running("decision", received)

    assert moments(clock) == [local(f"{received[:4]}-{one}") for one in written.split(", ")]


def test_a_day_before_monday_is_friday_at_nine(running, local):
    """F41: the day before Monday was a Sunday. Received on Monday 2026-11-16, due on Monday the 23rd at 17:30."""
    assert moments(running("resolution", "2026-11-16 10:00")) == [
        local("2026-11-20 09:00"),
        local("2026-11-23 17:30:01"),
        local("2026-11-25 09:00"),  # from Tuesday's opening one working day
        local("2026-11-26 09:00"),
        local("2026-11-30 09:00"),
    ]


def test_an_hour_before_half_past_nine_is_yesterday_at_five(running, local):
    """F41: an hour before 09:30 was 08:30. Signed for by Monday 09:30: three and a half hours were left on Friday."""
    clock = running("sign_off", "2026-11-20 14:00")

    assert clock.due_at == local("2026-11-23 09:30")
    assert moments(clock) == [
        local("2026-11-20 17:00"),
        local("2026-11-23 09:30:01"),
        local("2026-11-23 11:30:01"),
        local("2026-11-24 09:00"),
    ]


def test_an_hour_before_the_first_working_hour_ends_is_the_opening(running, local):
    clock = running("sign_off", "2026-11-20 14:30")

    assert clock.due_at == local("2026-11-23 10:00")
    assert moments(clock)[0] == local("2026-11-23 09:00")


def test_the_day_before_a_make_up_sunday_is_friday(running, local):
    """Received on Monday 2026-09-14: 15, 16, 17, 18, and Sunday the 20th, which is worked."""
    clock = running("resolution", "2026-09-14 10:00")

    assert clock.due_at == local("2026-09-20 17:30")
    assert moments(clock)[0] == local("2026-09-18 09:00")


def test_no_rung_comes_before_the_one_below_it(running, local):
    """Two working hours after Monday 16:30 are Tuesday 10:00, so the next level hears on Wednesday, not on Tuesday."""
    clock = running("sign_off", "2026-11-23 11:30")

    assert clock.due_at == local("2026-11-23 16:30")
    assert moments(clock)[2:] == [local("2026-11-24 10:00:01"), local("2026-11-25 09:00")]


def test_a_breach_in_the_lunch_break_is_told_upward_after_it(running, local):
    clock = running("decision", "2026-11-09 10:00")
    rungs = services.timetable(clock, local("2026-11-24 12:00"))

    assert [moment for _rung, moment in rungs][3:5] == [local("2026-11-24 12:00:01"), local("2026-11-24 13:00")]


def test_days_and_hours_together_count_one_after_the_other(running, local):
    clock = running("resolution", "2026-11-16 10:00")
    Rung.objects.filter(ladder_id=clock.ladder_id, position=1).update(offset=timedelta(days=-1, hours=-8))
    rulebook.forget()

    assert moments(clock)[0] == local("2026-11-19 09:00")  # 8 working hours back is Friday 17:00, then a day


def test_what_one_clock_asked_the_next_one_knows_and_a_ladder_read_again_does_not(running, local):
    first, due_at = running("resolution", "2026-11-16 10:00"), local("2026-11-23 17:30")
    known = list(services.timetable(first))
    second = running("resolution", "2026-11-16 11:00")

    assert second.due_at == due_at
    assert all(one is other for (_, one), (_, other) in zip(known, services.timetable(second), strict=True))

    Rung.objects.filter(ladder_id=first.ladder_id, position=1).update(offset=timedelta(days=-2))
    rulebook.forget()
    assert moments(first) == [local("2026-11-19 09:00"), *(moment for _rung, moment in known[1:])]


def test_people_are_written_to_when_they_are_at_work(running, local):
    clock = running("decision", "2026-09-18 10:00")

    assert services.in_working_hours(clock, local("2026-10-04 00:00")) == local("2026-10-08 09:00")
    assert services.in_working_hours(clock, local("2026-10-08 10:30")) == local("2026-10-08 10:30")
    assert services.in_working_hours(clock, local("2026-10-08 17:30")) == local("2026-10-09 09:00")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(minutes=st.integers(0, 3 * 366 * 24 * 60))
def test_whatever_the_deadline_rungs_climb_and_reach_people_at_work(configured_once, minutes):
    """Any deadline of 2024 to 2026: reminders before it, the breach at its first late second, the rest after it."""
    clock, start = configured_once
    due_at = start + timedelta(minutes=minutes)
    spans = rulebook.calendar(rulebook.peoples_calendar(clock.rule_set_id, None).pk).estimate(due_at.year - 1)

    told = list(services.timetable(clock, due_at))

    assert all(one[1] <= other[1] for one, other in pairwise(told))
    assert all((moment < due_at) == (rung.kind == "reminder") for rung, moment in told)
    assert {moment - due_at for rung, moment in told if rung.kind == "breach"} == {timedelta(seconds=1)}
    at_work = [moment for rung, moment in told if rung.kind != "breach"]
    assert all(
        spans.position(microseconds(moment + SECOND)) > spans.position(microseconds(moment)) for moment in at_work
    )


@pytest.fixture
def configured_once(running, local):
    return running("decision", "2026-09-18 10:00"), local("2024-01-01 00:00")
