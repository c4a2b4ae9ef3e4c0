"""Deadlines that were estimated, counted again after their days are published or changed: moves, an event a case."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from complaints.chronicle import changed, key_of, leave_to_readers, next_event, standing
from complaints.models import Case, CaseEvent, Clock, DeadlineMove, Round
from complaints.services.clocks import move_facts
from complaints.services.copying import copy_in, rewrite
from complaints.services.deadlines import earliest
from organization.models import User
from security.services import record
from sla import rulebook
from sla import services as sla
from sla.models import ChangedDays
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY, sweep

NAME = "count deadlines again"
BATCH = 500
NEEDED = ["reference", "state", "round", "event_count", "last_hash", "next_due_at", "promised_due_at"]
SHOWN = ("next_due_at", "promised_due_at")  # what the case says of its deadlines


@dataclass(frozen=True, slots=True)
class Recounted:
    """One clock that was counted again. `now` is `was` where the estimate was right, or only a rung moves."""

    reference: str
    kind: str
    estimated: bool
    was: datetime
    now: datetime


def recount_estimates(*, at: datetime, since: datetime | None = None) -> Iterator[Recounted]:
    """Count every open clock again whose estimate is over, a batch of cases in a transaction. Twice is once.

    since  the first moment of the days that are new: rungs from there on are put to the right moment too
    """
    for case_ids in pages(since):
        yield from recount_batch(case_ids, at=at)


def recount_changed(*, at: datetime | None = None) -> Counter[str]:
    """Count again what days may move that were entered, changed or taken out a moment ago, whoever did it.

    at  default: the database's clock
    Returns how many deadlines moved. Where a case could not be counted, all is tried again an hour later.
    """
    now = at or database_now()
    changed = claimed(now)
    since = first_moment(changed, now) if changed else None
    aside: list[int] = []

    def isolate(case_id: int, _error: Exception) -> datetime:
        aside.append(case_id)
        return now + RETRY

    def count(case_ids: Sequence[int]) -> dict[str, int]:
        return {"moved": sum(one.was != one.now for one in recount_batch(case_ids, at=now))}

    done = sweep(NAME, pages(since) if changed else [], work=count, isolate=isolate)
    if done["moved"]:
        put_on_record(changed, done["moved"], at=now)
    if not aside:
        ChangedDays.objects.filter(pk__in=[one.pk for one in changed]).delete()
    return done


def put_on_record(changed: Iterable[ChangedDays], moved: int, *, at: datetime) -> None:
    details = {"since": min(one.since for one in changed), "deadlines_moved": moved}
    for pk in sorted({one.calendar_id for one in changed}):
        record("configure", actor=User.system(), subject=f"calendar:{pk}", at=at, details=details)


@transaction.atomic
def claimed(now: datetime) -> list[ChangedDays]:
    """The changes that are due, for this process alone: another one tries them in an hour, if this one is gone."""
    due = ChangedDays.objects.filter(due_at__lte=now).order_by("pk")
    rows = list(due.select_for_update(skip_locked=True))
    if rows:
        ChangedDays.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + RETRY)
        rulebook.forget()  # what this process holds may be older
    return rows


def first_moment(changed: Iterable[ChangedDays], now: datetime) -> datetime:
    """From when on a rung may stand elsewhere: a day that is over moves none."""
    zone = rulebook.rulebook().zone
    first = min(one.since for one in changed)
    return max(datetime.combine(first, time(), zone), now)


def preview(*, at: datetime) -> Iterator[Recounted]:
    """Which deadlines recount_estimates would move by the rulebook as it is. Locks and writes nothing."""
    for case_ids in pages(None):
        cases = Case.objects.filter(pk__in=case_ids).only(*NEEDED).order_by("pk")
        yield from map(Again.shown, again(cases, running(case_ids), at=at))


def pages(since: datetime | None) -> Iterator[list[int]]:
    """The cases with a running clock that may be counted anew, read without locks."""
    wanted = (
        Q(estimated=True) if since is None else Q(estimated=True) | Q(due_at__gte=since) | Q(next_fire_at__gte=since)
    )
    clocks, last = Clock.objects.filter(wanted, stopped_at=None).order_by("case_id"), 0
    while page := list(clocks.filter(case__gt=last).values_list("case_id", flat=True).distinct()[:BATCH]):
        yield page
        last = page[-1]


def running(case_ids: Sequence[int]) -> QuerySet[Clock]:
    rounds = Prefetch("round", Round.objects.only("number"))
    clocks = Clock.objects.filter(case__in=case_ids, stopped_at=None).order_by("case_id", "pk")
    return clocks.prefetch_related(rounds)


@transaction.atomic
def recount_batch(case_ids: Sequence[int], *, at: datetime) -> list[Recounted]:
    """Lock these cases and then their clocks, as every act does, and count again what is estimated."""
    cases = Case.objects.filter(pk__in=case_ids).order_by("pk").only(*NEEDED).select_for_update(of=("self",))
    held = list(cases)
    clocks = list(running(case_ids).select_for_update(of=("self",)))
    done = again(held, clocks, at=at)
    if done:
        write(done, clocks, at=at)
    return [one.shown() for one in done]


@dataclass(frozen=True, slots=True)
class Again:
    """A clock that was counted again, and what of it changed; nothing is stored yet."""

    case: Case
    clock: Clock
    was: datetime
    changes: dict[str, Any]
    move: DeadlineMove | None

    def shown(self) -> Recounted:
        estimated = "estimated" in self.changes or self.move is not None
        return Recounted(self.case.reference, self.clock.kind, estimated, self.was, self.clock.due_at)


def again(cases: Iterable[Case], clocks: Iterable[Clock], *, at: datetime) -> list[Again]:
    """Count the estimated ones among these clocks again."""
    by_key, done = {case.pk: case for case in cases}, []
    for clock in clocks:
        before = standing(clock)
        moved = sla.recount(clock, at=at)
        if changes := changed(clock, before):
            move = DeadlineMove(clock=clock, **asdict(moved)) if moved else None
            done.append(Again(by_key[clock.case_id], clock, before["due_at"], changes, move))
    return done


def write(done: Sequence[Again], clocks: Iterable[Clock], *, at: datetime) -> None:
    """Store the clocks, their moves, what the cases show, and an event each, in a fixed number of statements."""
    rewrite([one.clock for one in done], "due_at", "estimated", "left_seconds", "next_rung", "next_fire_at")
    Clock.objects.bulk_update([one.clock for one in done], ["provenance"])
    if moves := [one.move for one in done if one.move]:
        copy_in(moves)
    by_case: dict[int, list[Clock]] = defaultdict(list)
    for clock in clocks:
        by_case[clock.case_id].append(clock)
    told: dict[Case, list[Again]] = defaultdict(list)
    for one in done:
        told[one.case].append(one)
    system = User.system()
    events = [event(case, mine, by_case[case.pk], actor=system, at=at) for case, mine in told.items()]
    rewrite([*told], "event_count", "last_hash", *SHOWN)
    copy_in(events)
    leave_to_readers(events)


def event(case: Case, done: Sequence[Again], clocks: Iterable[Clock], *, actor: User, at: datetime) -> CaseEvent:
    """What a case shows of its deadlines follows them, and the event tells all of it."""
    stood = {name: getattr(case, name) for name in SHOWN}
    case.next_due_at = earliest(clocks)
    moved = {one.was: one.clock.due_at for one in done}
    case.promised_due_at = moved.get(case.promised_due_at, case.promised_due_at) if case.promised_due_at else None
    columns = {name: now for name in SHOWN if (now := getattr(case, name)) != stood[name]}
    rows = {key_of(one.clock): one.changes | moves_of(one) for one in done}
    details = {"clocks": rows} | ({"case": columns} if columns else {})
    return next_event(case, "recount", before=case.state, actor=actor, at=at, details=details)


def moves_of(done: Again) -> dict[str, Any]:
    return {"moves": [move_facts(done.move)]} if done.move else {}
