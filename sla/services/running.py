"""A clock's life: start, pause, resume, stop, restate. Each sets fields of the clock; the caller locks and saves it.

What moves a deadline returns the move, which the caller stores beside the clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sla import rulebook
from sla.arithmetic import add_working, is_late, local_day, worked
from sla.errors import AlreadyLate, StatutoryClockRuns
from sla.models import Basis, ClockBase, ClockState, DeadlineMoveBase, MoveCause
from sla.services.planning import PlannedClock, estimate_note
from sla.services.rungs import breach, first_firing, set_next_moment, timetable, unfired

# What was granted in a case. On time without these is a measure of its own.
GRANTED = (MoveCause.EXTENSION, MoveCause.EXCLUSION, MoveCause.RESTART, MoveCause.WAY)


@dataclass(frozen=True, slots=True)
class Moved:
    """A move of a deadline before it is stored: the columns of DeadlineMoveBase."""

    cause: str
    was: datetime
    now: datetime
    days: int
    evidence: str
    at: datetime


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


# What a clock that goes on in another round takes along.
CARRIED = (
    "kind", "basis", "subject", "rule_set_id", "target_id", "started_at", "first_due_at", "due_at", "breached_at",
    "breached_due_at", "estimated", "provenance", "calendar_id", "ladder_id",
)  # fmt: skip


def carry_on(clock: ClockBase, earlier: ClockBase, *, fired: int | None, at: datetime) -> None:
    """Let a deadline go on whose clock stopped before what it waits for had happened; it may have passed meanwhile.

    earlier  the clock that stopped; `clock` itself, or of a round before
    fired    position of its last rung that has fired; None: none. Those missed since then are due at once
    """
    for name in CARRIED:
        setattr(clock, name, getattr(earlier, name))
    clock.stopped_at = clock.paused_at = clock.left_seconds = None
    note(clock, "carried_on", at=at)
    resume_after(clock, fired)


def resume_after(clock: ClockBase, fired: int | None) -> None:
    """Let a clock that was stopped run, its ladder behind the last rung that has fired."""
    clock.next_rung, clock.next_fire_at = first_firing(timetable(clock), clock.started_at)
    if fired is not None and clock.next_rung is not None:
        clock.next_rung = max(clock.next_rung, fired + 1)
        clock.next_rung = next((rung.position for rung, _moment in unfired(clock)), None)
    set_next_moment(clock)


def move(clock: ClockBase, due_at: datetime, *, cause: str, at: datetime, evidence: str = "") -> Moved | None:
    """Give a clock another deadline: nothing else does. None where it stays where it was."""
    was, clock.due_at = clock.due_at, due_at.astimezone(UTC).replace(microsecond=0)
    if clock.due_at == was:
        return None
    zone = rulebook.rulebook().zone
    days = (local_day(clock.due_at, zone) - local_day(was, zone)).days
    return Moved(cause=cause, was=was, now=clock.due_at, days=days, evidence=evidence, at=at)


def stop(clock: ClockBase, at: datetime) -> Moved | None:
    """What the clock waited for has happened. Rungs not reached by then never fire; those reached still do.

    A clock that stands still because it is paused ends in time. Stopping twice keeps the first moment. `at` may lie
    back, before a breach that has fired: what counts is when the customer was told, not when it was entered. The breach
    that everybody was told of stands beside it.
    """
    if clock.stopped_at:
        return None
    moved = resume(clock, at)
    clock.stopped_at = max(at, clock.started_at)
    if is_late(clock.stopped_at, clock.due_at):
        breach(clock)
    if clock.next_fire_at is None or clock.next_fire_at > clock.stopped_at:
        clock.next_rung = clock.next_fire_at = None
    return moved


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


def resume(clock: ClockBase, at: datetime) -> Moved | None:
    """Let a paused clock run on: the deadline moves by the working time of the pause. One that runs stays as it is."""
    if clock.paused_at is None:
        return None
    paused_at, resumed_at = clock.paused_at, max(at.replace(microsecond=0), clock.paused_at)
    due_at, missing = put_off(clock, paused_at, resumed_at)
    moved = move(clock, due_at, cause=MoveCause.PAUSE, at=resumed_at)
    clock.paused_seconds += int((resumed_at - paused_at).total_seconds())
    clock.paused_at = clock.left_seconds = None
    note(clock, "resumed", at=resumed_at, paused_at=paused_at.isoformat())
    if missing:
        clock.estimated = True
        clock.provenance = [*clock.provenance, *estimate_note(missing)]
    set_next_moment(clock)
    return moved


def restart(clock: ClockBase, anew: ClockBase, *, at: datetime, evidence: str) -> Moved | None:
    """Let the limit of a running clock count again from the start of `anew`, planned by the same rule.

    A later deadline stays. Where `anew` is an estimate the clock is one, and is counted again once the days are there.
    Raises AlreadyLate.
    """
    due_at = max(anew.due_at, clock.due_at)
    moved = restate(clock, due_at=due_at, cause=MoveCause.RESTART, at=at, evidence=evidence, since=anew.started_at)
    if moved is not None and anew.estimated:
        clock.estimated = True
        clock.provenance = [*clock.provenance, *(step for step in anew.provenance if step["step"] == "estimated")]
    return moved


def restate(
    clock: ClockBase, *, due_at: datetime, cause: str, at: datetime, evidence: str = "", since: datetime | None = None
) -> Moved | None:
    """Move the deadline of a running clock: a granted extension, a calendar published after an estimate.

    cause     one of MoveCause
    evidence  the number of what shows it
    since     the moment from which the whole limit counts again
    Raises AlreadyLate for a deadline that has passed or is met: it is a fact by then.
    """
    if clock.stopped_at or clock.breached_at or (clock.paused_at is None and is_late(at, clock.due_at)):
        raise AlreadyLate
    moved = move(clock, due_at, cause=cause, at=at, evidence=evidence)
    note(clock, "restated", at=at, reason=cause, **({"started_at": since.isoformat()} if since else {}))
    if clock.paused_at:
        clock.left_seconds = int(left(clock, clock.paused_at).total_seconds())
    else:
        set_next_moment(clock)
    return moved


def correct(clock: ClockBase, *, started_at: datetime, due_at: datetime, at: datetime, evidence: str) -> Moved | None:
    """Count a clock from another start: what it counts from was written down wrongly. Met, missed or late, it moves."""
    clock.started_at = started_at
    moved = move(clock, due_at, cause=MoveCause.CORRECTION, at=at, evidence=evidence)
    note(clock, "restated", at=at, reason=MoveCause.CORRECTION)
    if clock.stopped_at is None and clock.paused_at is None:
        set_next_moment(clock)
    return moved


def corrected(clock: ClockBase, due_at: datetime, moves: Iterable[DeadlineMoveBase]) -> datetime:
    """The deadline after a correction of its start: what was granted comes on top, and a limit that began anew stays.

    due_at  as it would be from the right start
    moves   all of this clock
    """
    known = [*moves]
    if any(one.cause == MoveCause.RESTART for one in known):
        return clock.due_at
    granted = (one for one in known if one.cause in {MoveCause.EXTENSION, MoveCause.EXCLUSION})
    return due_at + sum((one.now - one.was for one in granted), timedelta())


def counts_anew(clock: ClockBase) -> bool:
    """Whether the rule it follows lets the limit begin again with new facts and reasons."""
    return clock.rule_set_id in rulebook.rulebook().counting_anew


def on_time(clock: ClockBase) -> bool | None:
    """Whether the deadline was kept; None while that is open."""
    if clock.stopped_at:
        return not is_late(clock.stopped_at, clock.due_at)
    return False if clock.breached_at else None


def on_time_as_planned(clock: ClockBase, moves: Iterable[DeadlineMoveBase | Moved]) -> bool | None:
    """Whether the deadline would have been kept without extensions, exclusions and restarts; None while that is open.

    moves  all of this clock. Pauses and corrections move the first deadline as they moved the one in force
    """
    if clock.stopped_at is None:
        return on_time(clock)
    moved = sum((one.now - one.was for one in moves if one.cause not in GRANTED), timedelta())
    return not is_late(clock.stopped_at, clock.first_due_at + moved)


def state_of(clock: ClockBase, at: datetime) -> ClockState:
    """How the clock stands at `at`. At risk begins with the first reminder, so that screen and notice agree."""
    if clock.stopped_at:
        return ClockState.MET if on_time(clock) else ClockState.MISSED
    if clock.paused_at:
        return ClockState.PAUSED
    if is_late(at, clock.due_at):
        return ClockState.BREACHED
    at_risk = at_risk_from(clock)
    return ClockState.AT_RISK if at_risk and at_risk <= at else ClockState.IN_TIME


def at_risk_from(clock: ClockBase) -> datetime | None:
    """When people are first reminded of the deadline; None where its ladder has no rung before it."""
    rung, first = next(iter(timetable(clock)), (None, None))
    return first if rung is not None and rung.offset < timedelta() else None


def left(clock: ClockBase, at: datetime) -> timedelta:
    """The time until the deadline, as this clock counts time."""
    if clock.calendar_id is None:
        return clock.due_at - at
    calendar = rulebook.calendar(clock.calendar_id)
    return calendar.reckon(at, lambda spans: worked(at, clock.due_at, spans))[0]


def put_off(clock: ClockBase, since: datetime, until: datetime) -> tuple[datetime, date | None]:
    """The deadline moved by the time between two moments, as this clock counts time."""
    if clock.calendar_id is None:
        return clock.due_at + (until - since), None
    return rulebook.calendar(clock.calendar_id).reckon(
        since, lambda spans: add_working(clock.due_at, worked(since, until, spans), spans)
    )


def note(clock: ClockBase, step: str, *, at: datetime, **facts: Any) -> None:
    entry = {"step": step, "at": at.isoformat(), **facts, "due_at": clock.due_at.isoformat()}
    clock.provenance = [*clock.provenance, entry]
