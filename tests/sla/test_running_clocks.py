"""Start, stop, pause, resume, restate. Received on Monday 2026-09-14 at 10:00: sign-off is due at 15:00."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from sla import services
from sla.errors import AlreadyLate, StatutoryClockRuns
from sla.models import ClockState

MONDAY = "2026-09-14 10:00"


@pytest.fixture
def sign_off(running):
    return running("sign_off", MONDAY)


def test_the_second_of_the_deadline_is_on_time(running, local):
    for stopped, on_time in [("14:00", True), ("15:00:00.999999", True), ("15:00:01", False)]:
        clock = running("sign_off", MONDAY)
        services.stop(clock, local(f"2026-09-14 {stopped}"))
        assert services.on_time(clock) is on_time
        assert (clock.breached_at is None) is on_time
    assert clock.breached_at == local("2026-09-14 15:00:01")


def test_stopping_twice_keeps_the_first_moment(sign_off, local):
    services.stop(sign_off, local("2026-09-14 11:00"))
    services.stop(sign_off, local("2026-09-14 18:00"))

    assert sign_off.stopped_at == local("2026-09-14 11:00")
    assert services.state_of(sign_off, local("2026-10-14 11:00")) == ClockState.MET


def test_a_breach_stands_beside_a_telling_in_time_that_is_entered_after_it(sign_off, local):
    services.fire(sign_off, local("2026-09-14 16:00"))
    assert sign_off.breached_at == local("2026-09-14 15:00:01")

    services.stop(sign_off, local("2026-09-14 14:30"))

    assert sign_off.breached_at == local("2026-09-14 15:00:01")
    assert services.on_time(sign_off)


def test_a_running_clock_is_neither_on_time_nor_late(sign_off):
    assert services.on_time(sign_off) is None


def test_a_pause_moves_the_deadline_by_its_working_time(sign_off, local):
    services.pause(sign_off, local("2026-09-14 11:00"))
    assert sign_off.left_seconds == 3 * 3600
    assert sign_off.next_fire_at is None

    moved = services.resume(sign_off, local("2026-09-15 09:30"))  # one hour and lunch, the afternoon, half an hour

    assert moved is not None
    assert (moved.cause, moved.was, moved.now, moved.days) == ("pause", sign_off.first_due_at, sign_off.due_at, 1)
    assert sign_off.due_at == local("2026-09-15 13:30")
    assert sign_off.paused_seconds == 22.5 * 3600
    assert (sign_off.paused_at, sign_off.left_seconds) == (None, None)
    assert sign_off.next_fire_at == local("2026-09-15 11:30")
    assert [entry["step"] for entry in sign_off.provenance] == ["planned", "paused", "resumed"]


def test_a_pause_outside_opening_hours_moves_nothing(running, local):
    clock = running("resolution", MONDAY)
    services.pause(clock, local("2026-09-14 18:00"))
    assert services.resume(clock, local("2026-09-15 08:00")) is None

    assert clock.due_at == local("2026-09-21 17:30").replace(day=20)  # Sunday the 20th is a make-up working day


def test_overlapping_pauses_count_once(sign_off, local):
    services.pause(sign_off, local("2026-09-14 10:30"))
    services.pause(sign_off, local("2026-09-14 11:00"))
    services.resume(sign_off, local("2026-09-14 11:30"))
    services.resume(sign_off, local("2026-09-14 14:00"))

    assert sign_off.due_at == local("2026-09-14 16:00")
    assert sign_off.paused_seconds == 3600


def test_a_late_clock_does_not_pause(sign_off, local):
    services.pause(sign_off, local("2026-09-14 15:00:01"))
    services.resume(sign_off, local("2026-09-15 09:30"))

    assert sign_off.due_at == local("2026-09-14 15:00")
    assert sign_off.next_fire_at is not None
    assert services.state_of(sign_off, local("2026-09-15 09:30")) == ClockState.BREACHED


def test_a_statutory_clock_refuses_to_pause(running, local):
    clock = running("decision", MONDAY)
    with pytest.raises(StatutoryClockRuns):
        services.pause(clock, local("2026-09-15 10:00"))
    assert clock.paused_at is None


def test_a_clock_stopped_while_paused_was_met(sign_off, local):
    services.pause(sign_off, local("2026-09-14 11:00"))
    services.stop(sign_off, local("2026-09-30 11:00"))

    assert services.on_time(sign_off)
    assert sign_off.paused_at is None


def test_a_pause_into_an_unpublished_year_is_estimated_and_says_so(running, local):
    clock = running("resolution", "2026-12-21 10:00")
    services.pause(clock, local("2026-12-25 10:00"))
    services.resume(clock, local("2027-01-04 10:00"))

    assert clock.estimated
    assert clock.provenance[-1]["missing_from"] == "2027-01-01"


def test_states_in_the_order_of_time(sign_off, local):
    states = [
        services.state_of(sign_off, local(f"2026-09-14 {moment}"))
        for moment in ("10:00", "13:59:59", "14:00", "15:00:00.9", "15:00:01")
    ]
    assert states == ["in_time", "in_time", "at_risk", "at_risk", "breached"]
    services.pause(sign_off, local("2026-09-14 14:30"))
    assert services.state_of(sign_off, local("2026-09-20 10:00")) == ClockState.PAUSED


def test_restating_moves_the_deadline_and_keeps_the_old_one_on_record(running, local):
    clock = running("decision", MONDAY)
    asked_at = local("2026-09-20 10:00")
    moved = services.restate(clock, due_at=local("2026-10-14 23:59:59"), cause="extension", at=asked_at, evidence="Y-1")

    was, now = local("2026-09-29 23:59:59"), local("2026-10-14 23:59:59")
    assert moved == services.Moved(cause="extension", was=was, now=now, days=15, evidence="Y-1", at=asked_at)
    assert (clock.first_due_at, clock.due_at) == (was, now)
    assert [entry["due_at"] for entry in clock.provenance] == ["2026-09-29T15:59:59+00:00", "2026-10-14T15:59:59+00:00"]
    assert clock.next_fire_at == local("2026-10-08 09:00")


@pytest.mark.parametrize("moment", ["2026-09-30 00:00", "2026-10-05 10:00"])
def test_a_deadline_that_has_passed_cannot_be_restated(moment, running, local):
    clock = running("decision", MONDAY)
    with pytest.raises(AlreadyLate):
        services.restate(clock, due_at=local("2026-10-14 23:59:59"), cause="extension", at=local(moment))


@pytest.mark.parametrize(
    ("told", "cause", "as_it_is", "as_planned"),
    [
        ("2026-09-29 23:59:59", "extension", True, True),
        ("2026-09-30 00:00", "extension", True, False),
        ("2026-10-14 23:59:59", "exclusion", True, False),
        ("2026-10-14 23:59:59", "restart", True, False),
        ("2026-10-14 23:59:59", "calendar", True, True),
        ("2026-10-14 23:59:59", "correction", True, True),
        ("2026-10-15 00:00", "correction", False, False),
    ],
)
def test_on_time_is_told_with_and_without_what_was_granted(told, cause, as_it_is, as_planned, running, local):
    clock = running("decision", MONDAY)
    at = local("2026-09-20 10:00")
    moves = [services.restate(clock, due_at=local("2026-10-14 23:59:59"), cause=cause, at=at)]
    assert services.on_time_as_planned(clock, moves) is None

    services.stop(clock, local(told))
    assert (services.on_time(clock), services.on_time_as_planned(clock, moves)) == (as_it_is, as_planned)


def test_a_deadline_that_was_broken_is_kept(running, local):
    clock = running("decision", MONDAY)
    services.fire(clock, local("2026-10-01 10:00"))

    assert (clock.breached_due_at, clock.breached_at) == (local("2026-09-29 23:59:59"), local("2026-09-30 00:00"))
    assert services.on_time_as_planned(clock, []) is False


def test_a_clock_started_anew_keeps_its_provenance(sign_off, planned, local):
    services.stop(sign_off, local("2026-09-14 11:00"))
    services.start(sign_off, planned("2026-09-15 09:00")["sign_off"])

    assert (sign_off.stopped_at, sign_off.due_at) == (None, local("2026-09-15 14:00"))
    assert [entry["due_at"] for entry in sign_off.provenance] == [
        "2026-09-14T07:00:00+00:00",
        "2026-09-15T06:00:00+00:00",
    ]


STEPS = some.lists(
    some.tuples(some.sampled_from(["pause", "resume", "fire", "wait"]), some.integers(1, 600)), max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_breached_is_for_good_and_no_rung_fires_twice(steps, running, local):
    clock, at = running("resolution", MONDAY), local(MONDAY)
    fired, seen = [], []
    for step, minutes in steps:
        at += timedelta(minutes=minutes * 10)
        if step == "fire":
            fired += [rung.position for rung in services.fire(clock, at)]
        elif step != "wait":
            getattr(services, step)(clock, at)
        seen.append(services.state_of(clock, at))
    services.stop(clock, at)
    fired += [rung.position for rung in services.fire(clock, at + timedelta(days=30))]

    if ClockState.BREACHED in seen:
        assert set(seen[seen.index(ClockState.BREACHED) :]) == {ClockState.BREACHED}
        assert services.state_of(clock, at) == ClockState.MISSED
    assert fired == sorted(set(fired))
    assert (2 in fired) == (clock.breached_at is not None)
    assert (clock.next_rung, clock.next_fire_at) == (None, None)
