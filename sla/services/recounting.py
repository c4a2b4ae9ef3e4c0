"""A deadline that was estimated, counted again once the days are published: the same steps, by today's calendar."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sla import rulebook
from sla.arithmetic import add_working, is_late, worked
from sla.models import ClockBase, MoveCause
from sla.rulebook import WorkingCalendar
from sla.services.planning import due_after, estimate_note
from sla.services.rungs import set_next_moment
from sla.services.running import Moved, left, move, note


def recount(clock: ClockBase, *, at: datetime) -> Moved | None:
    """Count a running clock again that was estimated. Returns the move of its deadline, if it moves. Does not save.

    What is not estimated keeps its deadline; its next rung is put to the working time of the days as they are now. A
    deadline that has passed is a fact and stays, and so does one that would have passed by now: nobody is made late
    by a calendar. What is still not published stays an estimate. Twice is once.
    """
    if clock.next_fire_at and clock.next_fire_at > at:
        set_next_moment(clock)
    if not clock.estimated or clock.calendar_id is None or clock.breached_at:
        return None
    due_at, missing = replayed(clock, rulebook.calendar(clock.calendar_id))
    if is_over(clock, due_at, at) or (due_at == clock.due_at and missing[:1] == first_missing(clock)):
        return None
    moved = move(clock, due_at, cause=MoveCause.CALENDAR, at=at)
    explain(clock, missing, at=at)
    if clock.paused_at:
        clock.left_seconds = int(left(clock, clock.paused_at).total_seconds())
    else:
        set_next_moment(clock)
    return moved


def is_over(clock: ClockBase, due_at: datetime, at: datetime) -> bool:
    """Whether the deadline has passed, or would have passed where it would be now."""
    return clock.paused_at is None and (is_late(at, clock.due_at) or is_late(at, due_at))


def explain(clock: ClockBase, missing: list[date], *, at: datetime) -> None:
    """Why it was counted again: its first day is published, or other days off are expected than were."""
    was_missing = first_missing(clock)
    as_before = missing[:1] == was_missing
    step = "expected" if as_before else "published"
    note(clock, step, at=at, reason=MoveCause.CALENDAR.value, year=was_missing[0].year)
    clock.estimated = bool(missing)
    if missing and not as_before:
        clock.provenance = [*clock.provenance, *estimate_note(missing[0])]


def first_missing(clock: ClockBase) -> list[date]:
    """The first day that was not published when the deadline was last counted."""
    days: list[date] = []
    for step in clock.provenance:
        if step["step"] == "published":
            days = []
        elif step["step"] == "estimated":
            days.append(date.fromisoformat(step["missing_from"]))
    return sorted(days)[:1]


def replayed(clock: ClockBase, calendar: WorkingCalendar) -> tuple[datetime, list[date]]:
    """The deadline that the steps of its provenance give today, and the days on the way that are still missing."""
    due_at, length, missing = clock.due_at, {}, []
    for step in clock.provenance:
        name = step["step"]
        if name == "planned" and "amount" in step:
            length = step
            due_at, gap = counted(length, datetime.fromisoformat(step["started_at"]), calendar)
        elif name == "resumed":
            due_at, gap = put_off(due_at, step, calendar)
        elif name == "restated" and step["reason"] == MoveCause.CORRECTION and length:
            due_at, gap = counted(length, clock.started_at, calendar)
        elif name == "restated" and "started_at" in step and length:
            again, gap = counted(length, datetime.fromisoformat(step["started_at"]), calendar)
            due_at = max(due_at, again)
        elif name == "restated":  # to a day that somebody granted
            due_at, gap = datetime.fromisoformat(step["due_at"]), None
        else:
            continue
        missing += [gap] if gap else []
    return due_at, sorted(missing)


def counted(length: Mapping[str, Any], start: datetime, calendar: WorkingCalendar) -> tuple[datetime, date | None]:
    reckoned = due_after(start, length["amount"], length["unit"], calendar, calendar.zone)
    return reckoned.due_at, reckoned.missing


def put_off(due_at: datetime, step: Mapping[str, Any], calendar: WorkingCalendar) -> tuple[datetime, date | None]:
    """After a pause the deadline is later by the working time of it."""
    since, until = datetime.fromisoformat(step["paused_at"]), datetime.fromisoformat(step["at"])
    return calendar.reckon(since, lambda spans: add_working(due_at, worked(since, until, spans), spans))
