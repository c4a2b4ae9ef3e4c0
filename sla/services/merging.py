"""合并: the deadlines of a case that is handled with another rest, and those of the other one end no later."""

from collections.abc import Iterable
from datetime import datetime

from sla.models import ClockBase, DeadlineMoveBase, MoveCause
from sla.services.rungs import set_next_moment
from sla.services.running import Moved, left, move, note, resume_after


def lay_by(clock: ClockBase, at: datetime) -> None:
    """Let a running deadline rest: nobody hears of it until it is taken up. What was reached by then still fires."""
    clock.stopped_at = max(at, clock.started_at)
    if clock.next_fire_at is not None and clock.next_fire_at > clock.stopped_at:
        clock.next_fire_at = None


def take_up(clock: ClockBase, *, fired: int | None) -> None:
    """Let a deadline that was laid by go on as if it never had been: what was missed meanwhile is due at once.

    fired  as in `carry_on`
    """
    clock.stopped_at = None
    if clock.next_rung is None:
        resume_after(clock, fired)
    else:
        set_next_moment(clock)


def give_back(clock: ClockBase, *, due_at: datetime, at: datetime, evidence: str) -> Moved | None:
    """Move a deadline to where it is without a merger; met, missed or late, it moves. A breach that fired stands."""
    moved = move(clock, due_at, cause=MoveCause.MERGE, at=at, evidence=evidence)
    note(clock, "restated", at=at, reason=MoveCause.MERGE)
    if clock.paused_at is not None:
        clock.left_seconds = int(left(clock, clock.paused_at).total_seconds())
    elif clock.stopped_at is None:
        set_next_moment(clock)
    return moved


def by_itself(clock: ClockBase, moves: Iterable[DeadlineMoveBase]) -> datetime:
    """The deadline as it would be, had it never been merged; where that cannot be told, the one in force.

    moves  all of this clock, oldest first. Pauses and recounts follow the deadline as it was then
    """
    own, merged = clock.first_due_at, False
    for one in moves:
        merged = merged or one.cause == MoveCause.MERGE
        if merged and one.cause in {MoveCause.PAUSE, MoveCause.CALENDAR}:
            return clock.due_at
        if one.cause == MoveCause.RESTART:
            own = max(own, one.now)
        elif one.cause != MoveCause.MERGE:
            own += one.now - one.was
    return own
