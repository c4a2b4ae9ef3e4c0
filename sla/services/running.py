"""A clock's life: start, pause, resume, stop, restate. Each sets fields of the clock; the caller locks and saves it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sla import rulebook
from sla.arithmetic import add_working, is_late, worked
from sla.errors import AlreadyLate, StatutoryClockRuns
from sla.models import Basis, ClockBase, ClockState
from sla.services.planning import PlannedClock, estimate_note
from sla.services.rungs import breach, fires_at, unfired


def start(clock: ClockBase, planned: PlannedClock) -> None:
    """Set a clock going as planned; one that ran before keeps its provenance and starts anew."""
    clock.kind, clock.basis, clock.subject = planned.kind, planned.basis, planned.subject
    clock.rule_set_id, clock.target_id = planned.rule_set_id, planned.target_id
    clock.started_at, clock.due_at, clock.first_due_at = planned.started_at, planned.due_at, planned.due_at
    clock.stopped_at = clock.paused_at = clock.left_seconds = clock.breached_at = clock.breached_due_at = None
    clock.paused_seconds = 0
    clock.estimated = planned.estimated
    clock.provenance = [*clock.provenance, *planned.provenance]
    clock.calendar_id, clock.ladder_id = planned.calendar_id, planned.ladder.pk
    clock.next_rung, clock.next_fire_at = planned.next_rung, planned.next_fire_at


def stop(clock: ClockBase, at: datetime) -> None:
    """What the clock waited for has happened. Rungs not reached by then never fire; those reached still do.

    A clock that stands still because it is paused ends in time. Stopping twice keeps the first moment. `at` may lie
    back, before a breach that has fired: what counts is when the customer was told, not when it was entered.
    """
    if clock.stopped_at:
        return
    resume(clock, at)
    clock.stopped_at = max(at, clock.started_at)
    clock.breached_at = clock.breached_due_at = None
    if is_late(clock.stopped_at, clock.due_at):
        breach(clock)
    if clock.next_fire_at is None or clock.next_fire_at > clock.stopped_at:
        clock.next_rung = clock.next_fire_at = None


def pause(clock: ClockBase, at: datetime) -> None:
    """Let an internal clock stand still. One that is paused, stopped or late stays as it is.

    Raises StatutoryClockRuns for a deadline that is not ours alone.
    """
    if clock.basis != Basis.INTERNAL:
        raise StatutoryClockRuns
    if clock.paused_at or clock.stopped_at or is_late(at, clock.due_at):
        return
    clock.paused_at = max(at.replace(microsecond=0), clock.started_at)
    clock.left_seconds = int(left(clock, clock.paused_at).total_seconds())
    if clock.next_fire_at and clock.next_fire_at > clock.paused_at:
        clock.next_fire_at = None
    note(clock, "paused", at=clock.paused_at, left_seconds=clock.left_seconds)


def resume(clock: ClockBase, at: datetime) -> None:
    """Let a paused clock run on: the deadline moves by the working time of the pause. One that runs stays as it is."""
    if clock.paused_at is None:
        return
    paused_at, resumed_at = clock.paused_at, max(at.replace(microsecond=0), clock.paused_at)
    clock.due_at, missing = moved(clock, paused_at, resumed_at)
    clock.paused_seconds += int((resumed_at - paused_at).total_seconds())
    clock.paused_at = clock.left_seconds = None
    note(clock, "resumed", at=resumed_at, paused_at=paused_at.isoformat())
    if missing:
        clock.estimated = True
        clock.provenance = [*clock.provenance, *estimate_note(missing)]
    set_next_moment(clock)


def restate(clock: ClockBase, *, due_at: datetime, reason: str, at: datetime) -> None:
    """Give a running clock another deadline: a granted extension, a calendar published after an estimate.

    reason  a code for the provenance
    Raises AlreadyLate for a deadline that has passed or is met: it is a fact by then.
    """
    if clock.stopped_at or clock.breached_at or (clock.paused_at is None and is_late(at, clock.due_at)):
        raise AlreadyLate
    clock.due_at = due_at.astimezone(UTC).replace(microsecond=0)
    note(clock, "restated", at=at, reason=reason)
    if clock.paused_at:
        clock.left_seconds = int(left(clock, clock.paused_at).total_seconds())
    else:
        set_next_moment(clock)


def on_time(clock: ClockBase) -> bool | None:
    """Whether the deadline was kept; None while that is open."""
    if clock.stopped_at:
        return not is_late(clock.stopped_at, clock.due_at)
    return False if clock.breached_at else None


def state_of(clock: ClockBase, at: datetime) -> ClockState:
    """How the clock stands at `at`. At risk begins with the first reminder, so that screen and notice agree."""
    if clock.stopped_at:
        return ClockState.MET if on_time(clock) else ClockState.MISSED
    if clock.paused_at:
        return ClockState.PAUSED
    if is_late(at, clock.due_at):
        return ClockState.BREACHED
    rungs = rulebook.ladder(clock.ladder_id).rungs
    if rungs and fires_at(rungs[0], clock.due_at) <= at:
        return ClockState.AT_RISK
    return ClockState.IN_TIME


def left(clock: ClockBase, at: datetime) -> timedelta:
    """The time until the deadline, as this clock counts time."""
    if clock.calendar_id is None:
        return clock.due_at - at
    calendar = rulebook.calendar(clock.calendar_id)
    return calendar.reckon(at, lambda spans: worked(at, clock.due_at, spans))[0]


def moved(clock: ClockBase, since: datetime, until: datetime) -> tuple[datetime, date | None]:
    """The deadline moved by the time between two moments, as this clock counts time."""
    if clock.calendar_id is None:
        return clock.due_at + (until - since), None
    return rulebook.calendar(clock.calendar_id).reckon(
        since, lambda spans: add_working(clock.due_at, worked(since, until, spans), spans)
    )


def set_next_moment(clock: ClockBase) -> None:
    """The next rung waits for the deadline as it is now. Rungs that have fired do not fire again."""
    rungs = unfired(clock)
    clock.next_fire_at = fires_at(rungs[0], clock.due_at) if rungs else None


def note(clock: ClockBase, step: str, *, at: datetime, **facts: Any) -> None:
    entry = {"step": step, "at": at.isoformat(), **facts, "due_at": clock.due_at.isoformat()}
    clock.provenance = [*clock.provenance, entry]
