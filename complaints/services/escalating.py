"""The sweep: every rung that is due fires once, and a named person hears of it.

Cost follows the clocks that are due: one read of the partial index without locks, then a handful of
set-wise statements a batch, whatever the number of open cases.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from complaints.chronicle import changed, key_of, next_event, standing, unread
from complaints.models import Case, CaseEvent, Clock, Firing, Unread
from complaints.services.telling import Ladderfolk
from feedback import services as feedback
from organization.models import User
from sla import services as sla
from sqm_site.clock import database_now

BATCH = 500


@dataclass(frozen=True)
class Swept:
    cases: int
    rungs: int


def fire_due(*, at: datetime | None = None, limit: int = 20_000) -> Swept:
    """Fire what is due at `at` (default: the database's clock, read once a batch), at most `limit` clocks.

    Raises ClocksApart when host and database disagree by more than 60 s: better late than a false alarm to everybody.
    """
    cases = rungs = 0
    seen: set[int] = set()
    while len(seen) < limit:
        now = at or database_now()
        due = due_cases(now, without=seen)
        if not due:
            break
        seen.update(due)
        fired = fire_batch(due, at=now)
        cases, rungs = cases + fired.cases, rungs + fired.rungs
    return Swept(cases=cases, rungs=rungs)


def due_cases(at: datetime, *, without: Iterable[int]) -> list[int]:
    """Cases with a due rung, oldest first, read without locks."""
    due = Clock.objects.filter(next_fire_at__lte=at).exclude(case_id__in=list(without))
    return list(dict.fromkeys(due.order_by("next_fire_at").values_list("case_id", flat=True)[:BATCH]))


@transaction.atomic
def fire_batch(case_ids: list[int], *, at: datetime) -> Swept:
    """Lock these cases, skipping those in other hands, ask again what is due, and write it down set-wise."""
    cases = {
        case.pk: case
        for case in Case.objects.filter(pk__in=case_ids)
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("handling_unit", "team__lead")
    }
    due = Clock.objects.filter(case_id__in=list(cases), next_fire_at__lte=at).order_by("case_id", "pk")
    clocks = list(due.select_for_update(of=("self",)).select_related("round"))
    before = {clock.pk: standing(clock) for clock in clocks}
    if not clocks:
        return Swept(cases=0, rungs=0)
    folk = Ladderfolk(cases.values(), at=at)
    firings: dict[int, list[Firing]] = defaultdict(list)
    for clock in clocks:
        case = cases[clock.case_id]
        for rung in sla.fire(clock, at):
            told = folk.who(rung.tell, case)
            firings[case.pk].append(
                Firing(
                    clock=clock,
                    case=case,
                    position=rung.position,
                    kind=rung.kind,
                    fired_at=at,
                    due_was=clock.due_at,
                    told=told,
                )
            )
    moved: dict[int, dict[str, Any]] = defaultdict(dict)
    for clock in clocks:
        moved[clock.case_id][key_of(clock)] = changed(clock, before[clock.pk])
    record(firings, clocks, cases, moved, at=at)
    return Swept(cases=len(firings), rungs=sum(len(rungs) for rungs in firings.values()))


def record(
    firings: dict[int, list[Firing]],
    clocks: list[Clock],
    cases: dict[int, Case],
    moved: dict[int, dict[str, Any]],
    *,
    at: datetime,
) -> None:
    """One event a case, one firing a rung, one notice a person and case: all in a fixed number of statements."""
    system = User.system()
    events: list[CaseEvent] = []
    for case_id, rungs in firings.items():
        case = cases[case_id]
        details = {
            "rungs": [
                {"clock": row.clock.kind, "position": row.position, "kind": row.kind, "told": row.told_id}
                for row in rungs
            ],
            "clocks": moved[case_id],
        }
        events.append(next_event(case, "fire", before=case.state, actor=system, at=at, details=details))
    Clock.objects.bulk_update(clocks, ["next_rung", "next_fire_at", "breached_at", "breached_due_at"])
    Firing.objects.bulk_create(row for rungs in firings.values() for row in rungs)
    Case.objects.bulk_update([cases[pk] for pk in firings], ["event_count", "last_hash"])
    CaseEvent.objects.bulk_create(events)
    Unread.objects.bulk_create(row for event in events for row in unread(event))
    feedback.notify_many(notices(firings, cases, at=at))


def notices(firings: dict[int, list[Firing]], cases: dict[int, Case], *, at: datetime) -> list:
    """Rungs that fire together on one case reach one person as one notice, named by the gravest of them."""
    rows = []
    for case_id, rungs in firings.items():
        bundles: dict[int, list[Firing]] = defaultdict(list)
        for row in rungs:
            bundles[row.told_id].append(row)
        for bundle in bundles.values():
            gravest = max(bundle, key=lambda row: row.position)
            rows += feedback.notices(
                gravest.kind,
                to_user=gravest.told,
                about=cases[case_id].reference,
                at=at,
                key=f"fire:{gravest.clock_id}:{gravest.position}",
                context={
                    "clock": gravest.clock.kind,
                    "due_at": gravest.due_was.isoformat(),
                    "rungs": len(bundle),
                },
            )
    return rows
