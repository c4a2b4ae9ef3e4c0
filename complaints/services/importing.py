"""Laying down the past: finished cases of another system, as facts. The gates do not judge them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from complaints.chronicle import (
    begun,
    changed,
    leave_to_readers,
    next_event,
    subject_digest,
    text_row,
    texts_of,
    without_what_is_never_kept,
    words_of,
)
from complaints.models import (
    AnswerSource,
    Case,
    CaseEvent,
    CaseText,
    CaseWords,
    Clock,
    Level,
    Nature,
    Round,
    State,
    Unread,
)
from complaints.services import recusal
from complaints.services.copying import copy_in
from complaints.services.deadlines import facts_of
from complaints.services.reference import new_reference
from complaints.services.taxonomy import current_version
from organization.models import BusinessLine, Team, Unit, User
from security.redaction import redact
from sla import services as sla

BATCH = 1_000
# Clocks that end when the customer is told. When others ended, another system's record does not say.
ENDED_BY_TELLING = ("decision", "transfer", "resolution")
# The facts that the round knows.
OF_ROUND = ("settled", "satisfaction", "accepted")


@dataclass(frozen=True)
class Finished:
    """One case that another system has seen to its end: received, told, filed.

    facts  further fields of the case and of its one round, such as category, reason, finding, satisfaction
    """

    unit: Unit
    owner: User
    channel: str
    subject: str
    received_at: datetime
    notified_at: datetime
    closed_at: datetime
    facts: dict[str, Any]
    team: Team | None = None
    business_line: BusinessLine | None = None
    nature: str = Nature.COMPLAINT
    level: str = Level.ORDINARY


def lay_down(
    rows: Iterable[Finished], *, actor: User, at: datetime, done: Callable[[int], object] = lambda count: None
) -> int:
    """Store finished cases set-wise, a batch a transaction, and return how many.

    done  hears the number of cases after each batch
    """
    total = 0
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        with transaction.atomic():
            store(batch, actor=actor, at=at)
        total += len(batch)
        done(total)
    analyze()
    return total


def analyze() -> None:
    """Tell the planner what is there now: with the figures of empty tables it reads a year of cases row by row."""
    tables = ", ".join(model._meta.db_table for model in (Case, Round, Clock, CaseEvent, CaseWords, Unread))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def store(batch: list[Finished], *, actor: User, at: datetime) -> None:
    """Write one batch: one statement a table."""
    references = fresh_references(batch)
    version = current_version()
    cases = [case_of(row, next(references), version, actor=actor) for row in batch]
    for case in cases:
        recusal.begin(case, at=at)
    clocks_of = {
        case.reference: ended_clocks(case, row.notified_at, at=at) for case, row in zip(cases, batch, strict=True)
    }
    texts: list[CaseText] = []
    events = [imported(case, clocks_of[case.reference], texts, actor=actor, at=at) for case in cases]
    words = [row for case in cases for row in words_of(case, "message", case.subject, sequence=1)]
    copy_in(cases)
    hang([case.current_round for case in cases], "case")
    hang([clock for clocks in clocks_of.values() for clock in clocks], "case", "round")
    for kind in (events, texts, words):
        hang(kind, "case")
    leave_to_readers(events)


def hang(rows: Sequence[Model], *above: str) -> None:
    """Write rows of one table below rows that have just got their keys; `above` names the foreign keys."""
    for row in rows:
        for name in above:
            setattr(row, name, getattr(row, name))  # the key it has now
    if rows:
        copy_in(rows)


def fresh_references(batch: list[Finished]) -> Iterator[str]:
    """A reference for each row, none given to a case before. Only what is taken is drawn again."""
    found: dict[int, str] = {}  # by the place of the row
    used: set[str] = set()
    while wanted := [place for place in range(len(batch)) if place not in found]:
        tried = {}
        for place in wanted:
            tried[place] = drawn(batch[place], used)
            used.add(tried[place])
        taken = set(Case.objects.filter(reference__in=tried.values()).values_list("reference", flat=True))
        found |= {place: reference for place, reference in tried.items() if reference not in taken}
    return (found[place] for place in range(len(batch)))


def drawn(row: Finished, but_not: Collection[str]) -> str:
    """A reference of the day of receipt that is not among these."""
    on = timezone.localdate(row.received_at)
    while (reference := new_reference(on)) in but_not:
        continue
    return reference


def case_of(row: Finished, reference: str, version: str, *, actor: User) -> Case:
    subject = redact(row.subject)
    case = Case(
        reference=reference,
        state=State.CLOSED,
        origin=Case.Origin.IMPORT,
        nature=row.nature,
        level=row.level,
        legal_entity=row.unit.legal_entity,
        receiving_unit=row.unit,
        handling_unit=row.unit,
        team=row.team,
        owner=row.owner,
        first_receiver=row.owner,
        brought_by=actor,
        channel=row.channel,
        business_line=row.business_line,
        code_version=version,
        subject=subject,
        received_at=row.received_at,
        **{name: value for name, value in row.facts.items() if name not in OF_ROUND},
    )
    case.current_round = Round(
        case=case,
        began_at=row.received_at,
        began_by=actor,
        cause="imported",
        decided_at=row.notified_at,
        notified_at=row.notified_at,
        credited_at=row.notified_at,
        satisfaction_from=AnswerSource.CUSTOMER if row.facts.get("satisfaction") else "",
        satisfaction_asked_at=row.notified_at if row.facts.get("satisfaction") else None,
        closed_at=row.closed_at,
        ended_as=State.CLOSED,
        **{name: row.facts[name] for name in OF_ROUND if name in row.facts},
    )
    return case


def ended_clocks(case: Case, told_at: datetime, *, at: datetime) -> list[Clock]:
    """The clocks that telling the customer ended. Nobody is told of their rungs any more."""
    ended = []
    for plan in sla.plan(facts_of(case, source=""), received_at=case.received_at, at=at):
        if plan.kind in ENDED_BY_TELLING:
            clock = Clock(case=case, round=case.current_round)
            sla.start(clock, plan)
            sla.stop(clock, told_at)
            clock.next_rung = clock.next_fire_at = None
            ended.append(clock)
    return ended


def imported(case: Case, clocks: list[Clock], kept: list[CaseText], *, actor: User, at: datetime) -> CaseEvent:
    """The one event of an imported case; what people wrote goes to the texts `kept`."""
    without_what_is_never_kept(case)
    columns = changed(case)
    texts = [text_row(case, words, sequence=1) for words in texts_of(case, columns)]
    kept += [row for row, _spoken in texts]
    details = {
        "channel": case.channel,
        "nature": case.nature,
        "subject": subject_digest(case.subject),
        "case": columns,
        **begun(case.current_round, *clocks),
    }
    return next_event(case, "imported", before="", actor=actor, at=at, details=details, texts=texts)
