"""Ladders in motion: which rung comes next, and which are due. Rungs reach people in working time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sla import rulebook
from sla.arithmetic import (
    DAY,
    SECOND,
    Spans,
    add_working,
    at_work,
    last_second,
    local_day,
    opening_of,
    subtract_working,
)
from sla.models import ClockBase, Rung, RungKind
from sla.rulebook import LoadedLadder, WorkingCalendar

Next = tuple[int | None, datetime | None]
ANSWER_WITHIN = timedelta(hours=4)  # of working time
LOOKS_BACK = timedelta(days=366)  # further than any reminder


@dataclass(frozen=True, slots=True)
class Timetable:
    """A ladder laid against one deadline, in the working time of those who hear of it.

    A day of an offset is a working day, and its rung stands at opening time; an hour is a working hour. So a reminder
    is in working time and before the deadline: that of one day, where the deadline lies in a holiday, on the last
    working day before it. The breach is exact, the first second that is late. From there, or from the next opening,
    escalations count. No rung comes before the one below it.
    """

    ladder: LoadedLadder
    due_at: datetime
    calendar: WorkingCalendar

    def __iter__(self) -> Iterator[tuple[Rung, datetime]]:
        """Many clocks end with the same closing time: what one of them asked, the next ones know."""
        known = rulebook.remember(self.calendar.moments, (self.ladder, self.due_at), dict)
        below: datetime | None = None
        for place, rung in enumerate(self.ladder.rungs):
            moment = known.get(place)
            if moment is None:
                moment = known[place] = self.behind(below, rung)
            below = moment
            yield rung, moment

    def behind(self, below: datetime | None, rung: Rung) -> datetime:
        moment = self.moment_of(rung)
        if below is None or moment >= below:
            return moment
        return self.opening_after(below) if rung.offset >= DAY else below

    def moment_of(self, rung: Rung) -> datetime:
        if rung.kind == RungKind.BREACH:
            return self.due_at + SECOND
        if rung.offset < timedelta():
            return self.reckon(lambda spans: back(self.due_at, -rung.offset, spans))
        return self.reckon(lambda spans: on(at_work(self.due_at + SECOND, spans), rung.offset, spans))

    def opening_after(self, moment: datetime) -> datetime:
        return self.reckon(lambda spans: opening_of(local_day(moment, spans.zone), 1, spans))

    def reckon(self, act: Callable[[Spans], datetime]) -> datetime:
        return self.calendar.reckon(self.due_at - LOOKS_BACK, act)[0]


def back(moment: datetime, offset: timedelta, spans: Spans) -> datetime:
    """Before a moment by so many working hours, then at the opening so many working days earlier."""
    days, hours = divmod(offset, DAY)
    moment = subtract_working(moment, hours, spans)
    return opening_of(local_day(moment, spans.zone), -days, spans) if days else moment


def on(moment: datetime, offset: timedelta, spans: Spans) -> datetime:
    """After a moment by so many working hours, then at the opening so many working days later."""
    days, hours = divmod(offset, DAY)
    moment = add_working(moment, hours, spans)
    return opening_of(local_day(moment, spans.zone), days, spans) if days else moment


def timetable(clock: ClockBase, due_at: datetime | None = None) -> Timetable:
    """The rungs of a clock with their moments, in order. due_at: another deadline than that in force."""
    people = rulebook.peoples_calendar(clock.rule_set_id, clock.target_id)
    return Timetable(rulebook.ladder(clock.ladder_id), due_at or clock.due_at, people)


def in_working_hours(clock: ClockBase, moment: datetime) -> datetime:
    """When people who hear of the clock at this moment are at work: then, or at the next opening."""
    people = rulebook.peoples_calendar(clock.rule_set_id, clock.target_id)
    return people.reckon(moment, lambda spans: at_work(moment, spans))[0]


def answer_due(clock: ClockBase, asked_at: datetime) -> datetime:
    """When whoever was asked about the clock has had four working hours to answer."""
    people = rulebook.peoples_calendar(clock.rule_set_id, clock.target_id)
    return people.reckon(asked_at, lambda spans: add_working(asked_at, ANSWER_WITHIN, spans))[0]


def speaks_again(clock: ClockBase, day: date) -> datetime:
    """The opening of the first working day after the last day of a plan."""
    people = rulebook.peoples_calendar(clock.rule_set_id, clock.target_id)
    return people.reckon(last_second(day, people.zone), lambda spans: opening_of(day, 1, spans))[0]


def first_firing(rungs: Timetable, started_at: datetime) -> Next:
    """The first rung whose moment is after the start: a reminder 5 days before a 3-day deadline never was.

    A moment that has passed already is kept: the sweep then finds all missed rungs as one bundle.
    """
    for rung, moment in rungs:
        if moment > started_at:
            return rung.position, moment
    return None, None


def due_rungs(clock: ClockBase, at: datetime) -> list[Rung]:
    """The rungs that have not fired and whose moment has come, lowest first.

    What was reached before the clock stopped or paused still fires; nothing after that does.
    """
    return split(clock, at)[0]


def after_firing(clock: ClockBase, at: datetime) -> Next:
    """Where the ladder stands once the rungs due at `at` have fired."""
    return split(clock, at)[1]


def split(clock: ClockBase, at: datetime) -> tuple[list[Rung], Next]:
    """The rungs that are due, and where the ladder stands behind them."""
    until = min(moment for moment in (at, clock.stopped_at, clock.paused_at) if moment)
    due: list[Rung] = []
    for rung, moment in unfired(clock):
        if moment > until:
            behind = rung.position, None if clock.paused_at else moment
            return due, (None, None) if clock.stopped_at else behind
        due.append(rung)
    return due, (None, None)


def fire(clock: ClockBase, at: datetime) -> list[Rung]:
    """Take the rungs that are due and move the clock behind them: next rung, next moment, breach. Does not save."""
    due, (clock.next_rung, clock.next_fire_at) = split(clock, at)
    if any(rung.offset >= timedelta() for rung in due):
        breach(clock)
    return due


def breach(clock: ClockBase) -> None:
    """A breach is dated by the deadline, not by the moment somebody noticed."""
    clock.breached_at, clock.breached_due_at = clock.due_at + SECOND, clock.due_at


def unfired(clock: ClockBase) -> Iterator[tuple[Rung, datetime]]:
    """The rungs that have not fired, with their moments; reckoned as far as somebody asks."""
    if clock.next_rung is not None:
        yield from ((rung, moment) for rung, moment in timetable(clock) if rung.position >= clock.next_rung)


def set_next_moment(clock: ClockBase) -> None:
    """The next rung waits for the deadline as it is now. Rungs that have fired do not fire again."""
    clock.next_fire_at = next((moment for _rung, moment in unfired(clock)), None)
