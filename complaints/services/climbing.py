"""An escalation that nobody answers climbs; one that was answered rests until the day of its plan, and speaks again.

What is asked of whom is a row, and so is each step up: the rung stays as it was fired, and so does a breach. What a
person escalated climbs as a rung does, as long as the case is open.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from complaints.chronicle import begun, leave_to_readers, next_event
from complaints.models import Case, Clock, Escalation, Firing, Nature
from complaints.services.copying import copy_in, rewrite
from complaints.services.telling import Recipients
from feedback import services as feedback
from feedback.models import Notice
from organization.models import User
from sla import services as sla
from sla.models import RungKind
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY, sweep

Row = Firing | Escalation
CLIMBING: tuple[type[Firing], type[Escalation]] = (Firing, Escalation)
NAME = "climb unanswered escalations"
BATCH = 500
# Of a case; its words and what else it says stay where they are.
NEEDED = [
    "reference", "state", "nature", "round", "legal_entity", "business_line", "owner", "offered_to", "team",
    "handling_unit", "offered_unit", "event_count", "last_hash", "barred",
]  # fmt: skip


def may_climb(case: Case, firing: Firing) -> bool:
    """Nobody above hears of a tip-off, and the owner does not answer for what waits for his lead."""
    return case.nature != Nature.TIP_OFF and firing.recipient_id != case.owner_id


def answer_by(clock: Clock, at: datetime) -> datetime:
    return sla.answer_due(clock, at)


def climbs_at(case: Case, at: datetime) -> datetime | None:
    """When what a person escalates at a moment is looked at. Never: nobody above hears of a tip-off."""
    minutes = sla.ANSWER_WITHIN // timedelta(minutes=1)
    return None if case.nature == Nature.TIP_OFF else sla.working_deadline(at, minutes, entity=case.legal_entity_id)


def already_escalated(cases: Iterable[Case], place: str) -> set[tuple[int, int]]:
    """Place and person of whom an answer about a rung is awaited on these cases. place: the column of it. One query."""
    waiting = Firing.objects.filter(case__in=[case.pk for case in cases], answer_by__isnull=False)
    return set(waiting.values_list(place, "recipient_id"))


def escalated_by_people(cases: Iterable[Case]) -> set[tuple[int, int]]:
    """The same of what people escalated, by case. One query."""
    waiting = Escalation.objects.filter(case__in=[case.pk for case in cases], answer_by__isnull=False)
    return set(waiting.values_list("case_id", "to_id"))


def climb_due(*, at: datetime | None = None, limit: int = 20_000) -> int:
    """Look at every escalation whose time to answer, or whose plan, is over at `at`. Returns how many spoke again."""
    moment = at or database_now()
    found = sweep(
        NAME,
        due_cases(moment, limit),
        work=lambda case_ids: climb_batch(case_ids, at=moment),
        isolate=lambda case_id, _error: put_aside(case_id, at=moment),
    )
    return found["climbed"]


def look_again_at(case: Case, *, at: datetime) -> None:
    """What was left alone while a case was merged is looked at again: of each matter what was said last."""
    rungs = Firing.objects.filter(case=case, kind=RungKind.ESCALATION).order_by("climb", "pk")
    said: list[Row] = [*rungs, *Escalation.objects.filter(case=case).order_by("climb", "pk")]
    for row in {matter_of(row): row for row in said}.values():
        if row.answer_by is None:
            row.answer_by = at
            row.save(update_fields=["answer_by"])


def due_cases(at: datetime, limit: int) -> Iterator[list[int]]:
    """Cases with an escalation to look at, each once, oldest first, read without locks."""
    due = [model._default_manager.filter(answer_by__lte=at).order_by("answer_by", "pk") for model in CLIMBING]
    found = sorted(key for rows in due for key in rows.values_list("answer_by", "case_id")[:limit])
    cases = list(dict.fromkeys(case_id for _moment, case_id in found))[:limit]
    yield from (cases[first : first + BATCH] for first in range(0, len(cases), BATCH))


def put_aside(case_id: int, *, at: datetime) -> datetime:
    for model in CLIMBING:
        model._default_manager.filter(case_id=case_id, answer_by__lte=at).update(answer_by=at + RETRY)
    return at + RETRY


@transaction.atomic
def climb_batch(case_ids: Sequence[int], *, at: datetime) -> dict[str, int]:
    """Lock these cases, skipping those in other hands, and write down set-wise what speaks again, and to whom."""
    wanted = Case.objects.filter(pk__in=case_ids).order_by("pk").only(*NEEDED)
    locked = wanted.select_for_update(of=("self",), skip_locked=True)
    cases = {case.pk: case for case in locked.prefetch_related("handling_unit", "offered_unit", "team")}
    rungs: list[Row] = [*locked_due(Firing.objects.filter(case__in=cases), at).prefetch_related("clock__round")]
    words: list[Row] = [*locked_due(Escalation.objects.filter(case__in=cases), at).prefetch_related("to")]
    if not rungs and not words:
        return {}
    made = made_of([*rungs, *words], cases, at=at)
    for rows in filter(None, (rungs, words)):
        rewrite(rows, "answer_by")
    record(made, at=at)
    return {"cases": len(made), "climbed": sum(map(len, made.values()))}


def locked_due(rows: Any, at: datetime) -> Any:
    return rows.filter(answer_by__lte=at).order_by("case_id", "pk").select_for_update(of=("self",))


def made_of(rows: Sequence[Row], cases: Mapping[int, Case], *, at: datetime) -> dict[Case, list[Row]]:
    """What speaks again, by case; what was looked at rests from now on.

    Whoever has a question on the case is not asked a second one: that is looked at again when they could have answered.
    """
    told, recipients = told_of(rows), Recipients(cases.values(), at=at)
    asked = already_escalated(cases.values(), "case_id") | escalated_by_people(cases.values())
    asked -= {(row.case_id, row.recipient_id) for row in rows}
    made: dict[Case, list[Row]] = defaultdict(list)
    for row in rows:
        row.answer_by = None
        above = speaks(row, cases[row.case_id], recipients, told[matter_of(row)], at=at)
        if above is None:
            continue
        if (row.case_id, above.recipient_id) in asked:
            row.answer_by = above.answer_by
            continue
        asked.add((row.case_id, above.recipient_id))
        told[matter_of(row)].add(above.recipient_id)
        made[cases[row.case_id]].append(above)
    return made


def matter_of(row: Row) -> tuple[int, int]:
    """What an escalation is about: its clock, or the event in which a person said it."""
    return (0, row.clock_id) if isinstance(row, Firing) else (row.case_id, row.event_sequence)


def told_of(rows: Iterable[Row]) -> Mapping[tuple[int, int], set[int]]:
    """Matter -> the people to whom it was escalated already, and whoever said it. Two queries."""
    told: dict[tuple[int, int], set[int]] = defaultdict(set)
    clocks = {row.clock_id for row in rows if isinstance(row, Firing)}
    above = Firing.objects.filter(clock__in=clocks, kind=RungKind.ESCALATION)
    for clock, person in above.values_list("clock_id", "recipient_id"):
        told[0, clock].add(person)
    for said in Escalation.objects.filter(case__in={row.case_id for row in rows if isinstance(row, Escalation)}):
        told[matter_of(said)] |= {said.to_id, said.by_id}
    return told


def speaks(row: Row, case: Case, recipients: Recipients, told: set[int], *, at: datetime) -> Row | None:
    """The next row of an escalation; None once the matter is settled, or everybody above was told.

    Answered: the same person is asked again, for the day of the plan is over. Unanswered: the next level up is asked.
    """
    if not case.is_open or (isinstance(row, Firing) and row.clock.stopped_at is not None):
        return None
    if row.acknowledged_at is not None:
        found: tuple[str, User] | None = (row.level, row.recipient)
    else:
        found = recipients.above(row.level, case, but_not=told | {case.owner_id or 0})
    return further(row, *found, case=case, at=at) if found else None


def further(row: Row, level: str, person: User, *, case: Case, at: datetime) -> Row:
    """The row that follows: to this person, by the place they hold."""
    if isinstance(row, Escalation):
        return Escalation(
            case=case,
            by_id=row.by_id,
            to=person,
            at=at,
            level=level,
            climb=row.climb + 1,
            answer_by=climbs_at(case, at),
            event_sequence=row.event_sequence,
        )
    return Firing(
        clock=row.clock,
        case=case,
        position=row.position,
        kind=row.kind,
        climb=row.climb + 1,
        level=level,
        fired_at=at,
        due_was=row.due_was,
        recipient=person,
        answer_by=answer_by(row.clock, at),
    )


def record(made: Mapping[Case, Sequence[Row]], *, at: datetime) -> None:
    """One event a case, and one notice a person and case, in a fixed number of statements."""
    if not made:
        return
    system = User.system()
    events = [
        next_event(case, "climb", before=case.state, actor=system, at=at, details=begun(*rows))
        for case, rows in made.items()
    ]
    rewrite([*made], "event_count", "last_hash")
    for model in CLIMBING:
        if rows := [row for some in made.values() for row in some if isinstance(row, model)]:
            copy_in(rows)
    copy_in(events)
    leave_to_readers(events)
    copy_in([notice for case, rows in made.items() for notice in notices(case, rows, at=at)])


def notices(case: Case, rows: Sequence[Row], *, at: datetime) -> Iterator[Notice]:
    """What climbs to one person on one case at once is one notice."""
    for row in {row.recipient_id: row for row in rows}.values():
        if isinstance(row, Firing):
            context: dict[str, Any] = {"clock": row.clock.kind, "due_at": row.clock.due_at.isoformat(), "rungs": 1}
            key, mail_at = f"{row.clock_id}:{row.position}", sla.in_working_hours(row.clock, at)
        else:
            context, key, mail_at = {}, f"said:{case.pk}:{row.event_sequence}", at
        yield from feedback.notices(
            RungKind.ESCALATION,
            to_user=row.recipient,
            about=case.reference,
            at=at,
            key=f"climb:{key}:{row.climb}",
            context=context,
            mail_at=mail_at,
        )
