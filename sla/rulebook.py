"""The configuration as every process holds it: read once, kept until its stamp in the database changes."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import groupby
from math import inf
from operator import attrgetter, itemgetter
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from sla.arithmetic import DAY, SATURDAY, Hours, Spans, parse_hours, working_spans
from sla.errors import CalendarMissing
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet, Rung, Starts, Target, Version, Weekday

RECHECK_SECONDS = 5.0
ESTIMATE_YEARS = 5
REMEMBERED = 10_000  # answers that a process keeps; then it begins anew

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


def remember(kept: dict[Key, Result], key: Key, find: Callable[[], Result]) -> Result:
    """The answer to a question that may be asked before; two threads that ask at once both find it."""
    answer = kept.get(key)
    if answer is None:
        if len(kept) >= REMEMBERED:
            kept.clear()
        answer = kept[key] = find()
    return answer


@dataclass
class WorkingCalendar:
    """One calendar with its days. `published` holds the official days only."""

    pk: int
    code: str
    zone: ZoneInfo
    week: tuple[Hours, ...]  # of Monday to Sunday, where the day is worked and has no hours of its own
    published: dict[date, Hours]
    expected: dict[date, Hours]  # entered, but not official
    estimates: dict[int, Spans] = field(default_factory=dict)
    # Of a ladder laid against a deadline in this working time: place of a rung -> its moment, as far as somebody asked.
    moments: "dict[tuple[LoadedLadder, datetime], dict[int, datetime]]" = field(default_factory=dict)

    @cached_property
    def spans(self) -> Spans | None:
        return laid_out(frozenset(self.published.items()), self.zone) if self.published else None

    @property
    def ends_on(self) -> date | None:
        """The last published day."""
        return self.spans.last if self.spans else None

    def reckon(self, since: datetime, act: Callable[[Spans], Result]) -> tuple[Result, date | None]:
        """Run `act` on the published working time, or, where a day is missing, on what is expected in its place.

        since  the earliest moment that `act` looks at
        Returns the result and the first missing day; None when nothing was estimated.
        """
        try:
            return act(self.published_spans(since)), None
        except CalendarMissing as missing:
            return act(self.estimate(since.year)), missing.facts["day"]

    def published_spans(self, since: datetime) -> Spans:
        """Raises CalendarMissing for a calendar without any published day."""
        if self.spans is None:
            raise CalendarMissing(day=since.astimezone(self.zone).date())
        return self.spans

    def estimate(self, year: int) -> Spans:
        """Working time around `year`: days as published, else as expected, else worked from Monday to Friday."""
        if year not in self.estimates:
            first, last = date(year - 1, 12, 31), date(year + ESTIMATE_YEARS, 12, 31)
            days = (first + number * DAY for number in range((last - first).days))
            guess = {day: self.week[day.weekday()] if day.isoweekday() < SATURDAY else () for day in days}
            known = {day: hours for day, hours in (self.expected | self.published).items() if day in guess}
            self.estimates[year] = working_spans(guess | known, self.zone)
        return self.estimates[year]


@lru_cache(maxsize=64)
def laid_out(published: frozenset[tuple[date, Hours]], zone: ZoneInfo) -> Spans:
    """Of two decades it takes a while: not again when the configuration was read anew and these days are the same."""
    return working_spans(dict(published), zone)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedLadder:
    """One version as it was read; read again, it is another one."""

    pk: int
    key: str
    entity: int | None
    effective_from: date
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    row: Policy
    on_receipt: tuple[Target, ...]
    later: tuple[Target, ...]


@dataclass(frozen=True)
class Rulebook:
    """Versions stand in the order of their first days."""

    zone: ZoneInfo  # of days of receipt and of statutory deadlines
    rule_sets: tuple[RuleSet, ...]
    policies: tuple[LoadedPolicy, ...]
    ladders: dict[int, LoadedLadder]
    calendars: dict[int, WorkingCalendar]

    @cached_property
    def rules(self) -> dict[int, RuleSet]:
        return {one.pk: one for one in self.rule_sets}

    @cached_property
    def counting_anew(self) -> frozenset[int]:
        """The rule sets whose limit begins again with new facts."""
        return frozenset(one.pk for one in self.rule_sets if one.counts_anew)

    @cached_property
    def peoples_calendars(self) -> dict[tuple[int | None, int | None], WorkingCalendar]:
        """rule set and target, of which a clock follows one -> the calendar by which people work on it"""
        of_rule_sets = {(one.pk, None): self.calendars[one.calendar_id] for one in self.rule_sets}
        return of_rule_sets | {
            (None, target.pk): self.calendars[policy.row.calendar_id]
            for policy in self.policies
            for target in (*policy.on_receipt, *policy.later)
        }

    @cached_property
    def remembered(self) -> dict[Hashable, Any]:
        """What was chosen by a day and the facts of a case; many cases of a day are alike. See `remember`."""
        return {}


@dataclass
class Held:
    """Book and stamp are one value, so that threads that load at once cannot pair the old one with the new stamp."""

    book: tuple[Rulebook, UUID | None] | None = None
    checked: float = 0.0  # seconds of the monotonic clock


held = Held()


def rulebook() -> Rulebook:
    """The configuration in force. Asks the database for its stamp at most every 5 s, and no more."""
    book = held.book
    if book is None or monotonic() - held.checked > RECHECK_SECONDS:
        return refresh()
    return book[0]


def refresh() -> Rulebook:
    """Look at the stamp, and read everything again if it has changed.

    The stamp is read first: a change that comes between is read twice rather than missed.
    """
    book, stamp = held.book, Version.objects.values_list("stamp", flat=True).first()
    if book is None or stamp != book[1]:
        book = (load(), stamp)
    held.book, held.checked = book, monotonic()
    return book[0]


def forget() -> None:
    """Read the configuration again at the next use: it was changed in this process."""
    held.book = None


@contextmanager
def supposing(change: Callable[[], object]) -> Iterator[None]:
    """Inside, the configuration is what it would be after `change`, which is done and undone. Not beside other work."""
    with transaction.atomic():
        change()
        book = load()
        transaction.set_rollback(True)
    held.book, held.checked = (book, None), inf
    try:
        yield
    finally:
        held.book, held.checked = None, 0.0


def ladder(pk: int) -> LoadedLadder:
    """A ladder that another process made a moment ago is not in the book yet."""
    found = rulebook().ladders.get(pk)
    return found or refresh().ladders[pk]


def ladder_on(pk: int, day: date) -> LoadedLadder:
    """The version that is in force on a day of the ladder that a row names; the named one before all of them."""
    named, book = ladder(pk), rulebook()

    def latest() -> LoadedLadder:
        begun = [
            one
            for one in book.ladders.values()
            if (one.key, one.entity) == (named.key, named.entity) and one.effective_from <= day
        ]
        return max(begun, key=attrgetter("effective_from"), default=named)

    return remember(book.remembered, ("ladder", named, day), latest)


def rule_set(pk: int) -> RuleSet:
    found = rulebook().rules.get(pk)
    return found or refresh().rules[pk]


def calendar(pk: int) -> WorkingCalendar:
    found = rulebook().calendars.get(pk)
    return found or refresh().calendars[pk]


def peoples_calendar(rule_set: int | None, target: int | None) -> WorkingCalendar:
    """The calendar by which people work on what follows this rule of law or this target, also where days count all."""
    found = rulebook().peoples_calendars.get((rule_set, target))
    return found or refresh().peoples_calendars[rule_set, target]


def load() -> Rulebook:
    return Rulebook(
        zone=ZoneInfo(settings.TIME_ZONE),
        rule_sets=tuple(RuleSet.objects.order_by("effective_from", "key").prefetch_related("extension_steps")),
        policies=tuple(
            loaded_policy(row) for row in Policy.objects.order_by("effective_from", "key").prefetch_related("targets")
        ),
        ladders={
            row.pk: LoadedLadder(row.pk, row.key, row.legal_entity_id, row.effective_from, tuple(row.rungs.all()))
            for row in Ladder.objects.prefetch_related("rungs")
        },
        calendars=loaded_calendars(),
    )


def loaded_policy(row: Policy) -> LoadedPolicy:
    targets = sorted(row.targets.all(), key=lambda target: target.pk)
    return LoadedPolicy(
        row,
        on_receipt=tuple(target for target in targets if target.starts == Starts.RECEIPT),
        later=tuple(target for target in targets if target.starts == Starts.LATER),
    )


def loaded_calendars() -> dict[int, WorkingCalendar]:
    days = CalendarDay.objects.order_by("calendar_id").values_list(
        "calendar_id", "day", "is_workday", "official", "hours"
    )
    by_calendar = {pk: list(rows) for pk, rows in groupby(days, key=itemgetter(0))}
    rows = Calendar.objects.prefetch_related("week")
    return {row.pk: loaded_calendar(row, by_calendar.get(row.pk, [])) for row in rows}


def loaded_calendar(row: Calendar, days: list[tuple]) -> WorkingCalendar:
    ordinary = parse_hours(row.hours)
    own = {one.weekday: parse_hours(one.hours) for one in row.week.all()}
    week = tuple(own.get(weekday, ordinary) for weekday in Weekday)
    known: dict[bool, dict[date, Hours]] = {True: {}, False: {}}
    for _, day, is_workday, official, own_hours in days:
        hours = week[day.weekday()] if own_hours is None else parse_hours(own_hours)
        known[official][day] = hours if is_workday else ()
    return WorkingCalendar(
        pk=row.pk,
        code=row.code,
        zone=ZoneInfo(row.zone),
        week=week,
        published=known[True],
        expected=known[False],
    )
