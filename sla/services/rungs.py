"""Ladders in motion: which rung comes next, and which are due."""

from datetime import datetime
from itertools import takewhile

from sla import rulebook
from sla.arithmetic import SECOND
from sla.models import ClockBase, Rung
from sla.rulebook import LoadedLadder

Next = tuple[int | None, datetime | None]


def fires_at(rung: Rung, due_at: datetime) -> datetime:
    """A reminder counts back from the deadline; breach and escalation count from the first second that is late."""
    moment = due_at + rung.offset
    return moment if moment < due_at else moment + SECOND


def first_firing(ladder: LoadedLadder, due_at: datetime, started_at: datetime) -> Next:
    """The first rung whose moment is after the start: a reminder 5 days before a 3-day deadline never was.

    A moment that has passed already is kept: the sweep then finds all missed rungs as one bundle.
    """
    for rung in ladder.rungs:
        moment = fires_at(rung, due_at)
        if moment > started_at:
            return rung.position, moment
    return None, None


def due_rungs(clock: ClockBase, at: datetime) -> list[Rung]:
    """The rungs that have not fired and whose moment has come, lowest first.

    What was reached before the clock stopped or paused still fires; nothing after that does.
    """
    until = min(moment for moment in (at, clock.stopped_at, clock.paused_at) if moment)
    return list(takewhile(lambda rung: fires_at(rung, clock.due_at) <= until, unfired(clock)))


def after_firing(clock: ClockBase, at: datetime) -> Next:
    """Where the ladder stands once the rungs due at `at` have fired."""
    rest = unfired(clock)[len(due_rungs(clock, at)) :]
    if not rest or clock.stopped_at:
        return None, None
    return rest[0].position, None if clock.paused_at else fires_at(rest[0], clock.due_at)


def fire(clock: ClockBase, at: datetime) -> list[Rung]:
    """Take the rungs that are due and move the clock behind them: next rung, next moment, breach. Does not save."""
    due = due_rungs(clock, at)
    clock.next_rung, clock.next_fire_at = after_firing(clock, at)
    if any(fires_at(rung, clock.due_at) > clock.due_at for rung in due):
        breach(clock)
    return due


def breach(clock: ClockBase) -> None:
    """A breach is dated by the deadline, not by the moment somebody noticed."""
    clock.breached_at, clock.breached_due_at = clock.due_at + SECOND, clock.due_at


def unfired(clock: ClockBase) -> list[Rung]:
    if clock.next_rung is None:
        return []
    return [rung for rung in rulebook.ladder(clock.ladder_id).rungs if rung.position >= clock.next_rung]
