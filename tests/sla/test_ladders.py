"""Rungs: each once, in order, at its moment. Received on Monday 2026-09-14: decision due on the 29th, 23:59:59."""

from datetime import timedelta

import pytest

from sla import rulebook, services
from sla.models import Rung

MONDAY = "2026-09-14 10:00"


@pytest.fixture
def decision(running):
    return running("decision", MONDAY)


def positions(rungs):
    return [rung.position for rung in rungs]


def test_the_statutory_ladder_climbs_from_the_owner_to_consumer_protection(decision, local):
    assert [(moment, rung.kind, rung.tell) for rung, moment in services.timetable(decision)] == [
        (local("2026-09-21 09:00"), "reminder", "owner"),  # 28, then 25 to 27 are 中秋, 24, 23, 22, 21
        (local("2026-09-23 09:00"), "reminder", "owner"),
        (local("2026-09-28 09:00"), "reminder", "owner"),
        (local("2026-09-30 00:00:00"), "breach", "owner"),  # the first second that is late
        (local("2026-09-30 09:00"), "escalation", "team_lead"),
        (local("2026-10-08 09:00"), "escalation", "supervisor"),  # after 国庆
        (local("2026-10-10 09:00"), "escalation", "unit_head"),  # 8, 9, and Saturday the 10th is worked
        (local("2026-10-13 09:00"), "escalation", "consumer_protection"),
    ]


def test_each_rung_fires_once_and_the_clock_waits_for_the_next(decision, local):
    assert positions(services.fire(decision, local("2026-09-21 08:59:59"))) == []
    assert (decision.next_rung, decision.next_fire_at) == (1, local("2026-09-21 09:00"))

    assert positions(services.fire(decision, local("2026-09-21 09:00"))) == [1]
    assert positions(services.fire(decision, local("2026-09-21 09:00:01"))) == []
    assert (decision.next_rung, decision.next_fire_at) == (2, local("2026-09-23 09:00"))
    assert decision.breached_at is None


def test_breach_is_not_before_the_first_late_second(decision, local):
    assert positions(services.fire(decision, local("2026-09-29 23:59:59.9"))) == [1, 2, 3]
    assert positions(services.fire(decision, local("2026-09-30 00:00:00"))) == [4]
    assert decision.breached_at == local("2026-09-30 00:00:00")


def test_rungs_missed_at_intake_are_one_bundle(planned, running, local):
    clock = running("decision", MONDAY)
    assert clock.next_fire_at < local("2026-10-01 12:00")

    assert positions(services.due_rungs(clock, local("2026-10-01 12:00"))) == [1, 2, 3, 4, 5]
    assert services.after_firing(clock, local("2026-10-01 12:00")) == (6, local("2026-10-08 09:00"))


def test_the_last_rung_ends_the_ladder(decision, local):
    assert len(services.fire(decision, local("2027-01-01 00:00"))) == 8
    assert (decision.next_rung, decision.next_fire_at) == (None, None)
    assert services.fire(decision, local("2027-02-01 00:00")) == []


def test_stopping_in_time_kills_the_rungs_that_remain(decision, local):
    services.fire(decision, local("2026-09-25 08:00"))
    services.stop(decision, local("2026-09-25 09:00"))

    assert (decision.next_rung, decision.next_fire_at) == (None, None)
    assert services.fire(decision, local("2026-11-01 00:00")) == []


def test_a_rung_reached_before_the_clock_stopped_still_fires(decision, local):
    services.stop(decision, local("2026-09-30 00:00:01"))

    assert decision.next_fire_at is not None
    assert positions(services.fire(decision, local("2026-11-01 00:00"))) == [1, 2, 3, 4]  # nobody above hears of it
    assert (decision.next_rung, decision.next_fire_at) == (None, None)


def test_a_pause_holds_the_ladder_and_reminders_do_not_repeat(running, local):
    clock = running("resolution", MONDAY)  # due on Sunday the 20th at 17:30
    assert positions(services.fire(clock, local("2026-09-19 17:30"))) == [1]

    services.pause(clock, local("2026-09-20 10:00"))
    assert services.fire(clock, local("2026-09-25 10:00")) == []
    services.resume(clock, local("2026-09-21 10:00"))

    assert clock.due_at == local("2026-09-21 17:30")
    assert (clock.next_rung, clock.next_fire_at) == (2, local("2026-09-21 17:30:01"))


def test_a_reminder_before_the_start_never_was(running, local):
    rungs = services.timetable(running("decision", MONDAY), local("2026-09-18 23:59:59"))

    assert services.first_firing(rungs, local("2026-09-14 10:00")) == (2, local("2026-09-15 09:00"))  # 17, 16, 15


def test_a_rung_added_to_a_ladder_in_use_fires_for_running_clocks(decision, local):
    services.fire(decision, local("2026-09-25 08:00"))
    Rung.objects.create(
        ladder_id=decision.ladder_id, position=9, offset=timedelta(days=9), kind="escalation", tell="supervisor"
    )
    rulebook.forget()

    assert positions(services.fire(decision, local("2027-01-01 00:00"))) == [3, 4, 5, 6, 7, 8, 9]
