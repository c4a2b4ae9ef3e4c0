"""The sweep: every rung that is due fires once, and a named person hears of it.

Cost follows the clocks that are due: one read of the partial index without locks, then a handful of
set-wise statements a batch, whatever the number of open cases.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from complaints.chronicle import changed, key_of, leave_to_readers, next_event, standing
from complaints.models import Case, Clock, Firing, Round, Task
from complaints.services import asking
from complaints.services.climbing import NEEDED, already_escalated, answer_by, may_climb
from complaints.services.copying import copy_in, rewrite
from complaints.services.telling import Recipients
from feedback import services as feedback
from feedback.models import Notice
from organization.models import User
from sla import services as sla
from sla.models import ClockKind, Rung, RungKind
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY, sweep

NAME = "fire due rungs"
BATCH = 500


@dataclass(frozen=True)
class Swept:
    cases: int
    rungs: int


def fire_due(*, at: datetime | None = None, limit: int = 20_000) -> Swept:
    """Fire what is due at `at` (default: the database's clock, read once a batch), at most `limit` clocks.

    Raises ClocksApart when host and database disagree by more than 60 s: better late than a false alarm to everybody.
    """

    def now() -> datetime:
        return at or database_now()

    done = sweep(
        NAME,
        due_cases(now, limit),
        work=lambda case_ids: fire_batch(case_ids, at=now()),
        isolate=lambda case_id, _error: put_aside(case_id, at=now()),
    )
    return Swept(cases=done["cases"], rungs=done["rungs"])


def due_cases(now: Callable[[], datetime], limit: int) -> Iterator[list[int]]:
    """Cases with a due rung, oldest first, read without locks. What is in other hands does not come a second time."""
    beyond = Q()
    while limit > 0:
        due = due_clocks(now()).filter(beyond).order_by("next_fire_at", "pk")
        rows = list(due.values_list("next_fire_at", "pk", "case_id")[: min(limit, BATCH)])
        if not rows:
            break
        yield list(dict.fromkeys(case_id for _moment, _clock, case_id in rows))
        moment, clock, _case_id = rows[-1]
        beyond = Q(next_fire_at__gte=moment) & (Q(next_fire_at__gt=moment) | Q(pk__gt=clock))
        limit -= len(rows)


def due_clocks(at: datetime) -> QuerySet[Clock]:
    """The clocks with a rung that is due, but those that were put aside."""
    return Clock.objects.filter(Q(retry_at=None) | Q(retry_at__lte=at), next_fire_at__lte=at)


def put_aside(case_id: int, *, at: datetime) -> datetime:
    """Leave the due clocks of a case alone that cannot be fired. Returns until when."""
    due_clocks(at).filter(case_id=case_id).update(retry_at=at + RETRY)
    return at + RETRY


@dataclass(frozen=True, slots=True)
class Fired:
    """One rung that was reached, of a clock that stands behind it already, and who hears of it."""

    clock: Clock
    rung: Rung
    recipient: User
    task: Task | None = None


@transaction.atomic
def fire_batch(case_ids: Sequence[int], *, at: datetime) -> dict[str, int]:
    """Lock these cases, skipping those in other hands, ask again what is due, and write it down set-wise."""
    wanted = Case.objects.filter(pk__in=case_ids).order_by("pk").only(*NEEDED)
    locked = wanted.select_for_update(of=("self",), skip_locked=True)
    cases = {case.pk: case for case in locked.prefetch_related("handling_unit", "offered_unit", "team")}
    due = due_clocks(at).filter(case_id__in=list(cases)).order_by("case_id", "pk").defer("provenance")
    rounds = Prefetch("round", Round.objects.only("number"))
    clocks = list(due.select_for_update(of=("self",)).prefetch_related(rounds))
    if not clocks:
        return {}
    tasks = tasks_of(clocks)
    recipients = Recipients(cases.values(), at=at, tasks=tasks.values())
    fired: dict[int, list[Fired]] = defaultdict(list)
    moved: dict[int, dict[str, Any]] = defaultdict(dict)
    for clock in clocks:
        case, before = cases[clock.case_id], standing(clock)
        task = tasks.get((case.pk, clock.subject)) if clock.kind == ClockKind.TASK else None
        fired[case.pk] += [
            Fired(clock, rung, recipients.of(rung.tell, case, task), task) for rung in sla.fire(clock, at)
        ]
        moved[case.pk][key_of(clock)] = changed(clock, before)
    rewrite(clocks, "next_rung", "next_fire_at", "breached_at", "breached_due_at")
    record({cases[pk]: rungs for pk, rungs in fired.items()}, moved, at=at)
    return {"cases": sum(map(bool, fired.values())), "rungs": sum(map(len, fired.values()))}


def tasks_of(clocks: Sequence[Clock]) -> dict[tuple[int, str], Task]:
    """The tasks that some of these clocks are about, by case and subject. No query where none is."""
    cases = {clock.case_id for clock in clocks if clock.kind == ClockKind.TASK}
    rows = Task.objects.filter(case__in=cases).select_related("unit", "to", "accepted_by") if cases else []
    return {(task.case_id, task.subject): task for task in rows}


def record(fired: dict[Case, list[Fired]], moved: dict[int, dict[str, Any]], *, at: datetime) -> None:
    """One event a case, one firing a rung, one notice a person and case: all in a fixed number of statements."""
    if not fired:
        return
    system = User.system()
    events = [
        next_event(
            case,
            "fire" if rungs else "recount",  # its days were published: the moment was another one
            before=case.state,
            actor=system,
            at=at,
            details={"rungs": [rung_facts(one) for one in rungs], "clocks": moved[case.pk]},
        )
        for case, rungs in fired.items()
    ]
    rewrite([*fired], "event_count", "last_hash")
    copy_in(events)
    leave_to_readers(events)
    if any(fired.values()):
        copy_in(firings(fired, at))
        copy_in([row for case, rungs in fired.items() for row in notices(case, rungs, at=at)])


def rung_facts(fired: Fired) -> dict[str, Any]:
    """A rung, as the event tells it."""
    rung = fired.rung
    key = key_of(fired.clock)
    place = {"clock": fired.clock.kind, "key": key, "position": rung.position}
    return place | {"kind": rung.kind, "level": rung.tell, "recipient": fired.recipient.pk}


def firings(fired: dict[Case, list[Fired]], at: datetime) -> list[Firing]:
    """A row a rung. Of the escalations of a clock one waits for each person who is asked: two rungs to one are one."""
    rows, asked = [], already_escalated(fired, "clock_id")
    for case, rungs in fired.items():
        for one in rungs:
            row = firing(one, at)
            if (
                one.rung.kind == RungKind.ESCALATION
                and may_climb(case, row)
                and (row.clock_id, row.recipient_id) not in asked
            ):
                asked.add((row.clock_id, row.recipient_id))
                row.answer_by = answer_by(one.clock, at)
            rows.append(row)
    return rows


def firing(fired: Fired, at: datetime) -> Firing:
    clock, rung = fired.clock, fired.rung
    return Firing(
        clock_id=clock.pk,
        case_id=clock.case_id,
        position=rung.position,
        kind=rung.kind,
        level=rung.tell,
        fired_at=at,
        due_was=clock.due_at,
        recipient_id=fired.recipient.pk,
    )


def notices(case: Case, rungs: list[Fired], *, at: datetime) -> Iterator[Notice]:
    """Rungs that fire together on one case reach one person as one notice, named by the gravest of them."""
    bundles: dict[User, list[Fired]] = defaultdict(list)
    for one in rungs:
        bundles[one.recipient].append(one)
    for person, bundle in bundles.items():
        gravest = max(bundle, key=lambda one: one.rung.position)
        clock, rung = gravest.clock, gravest.rung
        yield from feedback.notices(
            rung.kind,
            to_user=person,
            about=case.reference,
            at=at,
            key=f"fire:{clock.pk}:{rung.position}",
            context={"clock": clock.kind, "due_at": clock.due_at.isoformat(), "rungs": len(bundle)},
            mail_at=sla.in_working_hours(clock, at),
        )
        yield from told_above(case, gravest, at=at)


def told_above(case: Case, fired: Fired, *, at: datetime) -> Iterator[Notice]:
    """协办: of one that is overdue the head of the unit that was asked hears, too; 督办: and who ordered it."""
    task, clock = fired.task, fired.clock
    if task is None or fired.rung.kind != RungKind.BREACH:
        return
    for person in asking.hear_when_late(task, case, at, but_not=fired.recipient):
        yield from feedback.notices(
            "task_overdue",
            to_user=person,
            about=case.reference,
            at=at,
            key=f"overdue:{clock.pk}:{fired.rung.position}",
            context={"task": task.number, "due_at": clock.due_at.isoformat()},
            mail_at=sla.in_working_hours(clock, at),
        )
