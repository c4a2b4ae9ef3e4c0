"""Laying down the past: finished cases of another system, as facts. The gates do not judge them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import structlog
from django.db import DatabaseError, connection, transaction
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
    ImportedRow,
    Level,
    Nature,
    Round,
    State,
    Unread,
)
from complaints.newrows import new_row
from complaints.services import recusal
from complaints.services.copying import copy_in
from complaints.services.deadlines import facts_of
from complaints.services.reference import new_reference
from complaints.services.taxonomy import current_version
from organization.models import BusinessLine, Team, Unit, User
from security.redaction import redact
from sla import services as sla
from sqm_site.locking import hold_until_commit

BATCH = 1_000
# Clocks that end when the customer is told. When others ended, another system's record does not say.
ENDED_BY_TELLING = ("decision", "transfer", "resolution")
# The facts that the round knows.
OF_ROUND = ("settled", "satisfaction", "accepted")
WRITTEN = (Case, Round, Clock, CaseEvent, CaseWords, Unread, ImportedRow)
log = structlog.get_logger(__name__)


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


class Laid(NamedTuple):
    """stored: cases that came in; skipped: rows of the same import that were here already."""

    stored: int
    skipped: int = 0


Numbered = tuple[int, Finished]  # a row, and its number in the import


def lay_down(
    rows: Iterable[Finished],
    *,
    actor: User,
    at: datetime,
    source: str = "",
    done: Callable[[int], object] = lambda count: None,
) -> Laid:
    """Store finished cases set-wise, a batch a transaction.

    source  the name of the import. Of rows with a name, the same number of the same legal entity comes in once: run
            again it changes nothing, broken off it goes on where it stood, and two at once share the work. Without a
            name every row comes in
    done    hears the number of rows that are here after each batch
    """
    stored = total = 0
    numbered = enumerate(rows, 1)
    while batch := list(islice(numbered, BATCH)):
        with transaction.atomic():
            missing = not_here(batch, source) if source else batch
            if missing:
                store(missing, source=source, actor=actor, at=at)
        stored += len(missing)
        total += len(batch)
        done(total)
    if stored:
        analyze()
    return Laid(stored, total - stored)


def not_here(batch: list[Numbered], source: str) -> list[Numbered]:
    """The rows that no import of this name has brought. Until the transaction ends no other one brings any."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
        hold_until_commit(f"import {source}")
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    here = ImportedRow.objects.filter(source=source, number__range=(batch[0][0], batch[-1][0]))
    known = set(here.values_list("legal_entity_id", "number"))
    return [one for one in batch if (one[1].unit.legal_entity_id, one[0]) not in known] if known else batch


def analyze() -> None:
    """Tell the planner what is there now: with the figures of empty tables it reads a year of cases row by row.

    It takes as long as it takes. The cases are here, also when it fails: autovacuum does the same some minutes later.
    """
    tables = ", ".join(model._meta.db_table for model in WRITTEN)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), set_config('statement_timeout', '0', true)")
            (limit, _none) = cursor.fetchone()
            cursor.execute(f"ANALYZE {tables}")
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
    except DatabaseError:
        log.warning("imported, but not analyzed", exc_info=True)


def store(batch: Sequence[Numbered], *, source: str, actor: User, at: datetime) -> None:
    """Write one batch: one statement a table."""
    rows = [row for _number, row in batch]
    cases = [*cases_of(rows, actor=actor, at=at)]
    clocks_of = [ended_clocks(case, row.notified_at, at=at) for case, row in zip(cases, rows, strict=True)]
    texts: list[CaseText] = []
    events = [imported(case, clocks, texts, actor=actor, at=at) for case, clocks in zip(cases, clocks_of, strict=True)]
    words = [row for case in cases for row in words_of(case, "message", case.subject, sequence=1)]
    copy_in(cases)
    hang([case.current_round for case in cases], "case")
    hang([clock for clocks in clocks_of for clock in clocks], "case", "round")
    for kind in (events, texts, words):
        hang(kind, "case")
    leave_to_readers(events)
    if source:
        remember(batch, cases, source)


def cases_of(rows: Sequence[Finished], *, actor: User, at: datetime) -> Iterator[Case]:
    """The unsaved cases, each with its reference and who is barred from it."""
    references, version = fresh_references(rows), current_version()
    for row in rows:
        case = case_of(row, next(references), version, actor=actor)
        recusal.begin(case, at=at)
        yield case


def remember(batch: Sequence[Numbered], cases: Sequence[Case], source: str) -> None:
    """Which row each case was."""
    named = [(case.legal_entity_id, number, case.pk) for (number, _row), case in zip(batch, cases, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ImportedRow._meta.db_table} (source, legal_entity_id, number, case_id)"
            " SELECT %s, * FROM unnest(%s::bigint[], %s::integer[], %s::bigint[])",
            [source, *(list(column) for column in zip(*named, strict=True))],
        )


def hang(rows: Sequence[Model], *above: str) -> None:
    """Write rows of one table below rows that have just got their keys; `above` names the foreign keys."""
    for row in rows:
        for name in above:
            vars(row)[f"{name}_id"] = row._state.fields_cache[name].pk  # the key it has now
    if rows:
        copy_in(rows)


def fresh_references(batch: Sequence[Finished]) -> Iterator[str]:
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
    unit, facts = row.unit, {name: value for name, value in row.facts.items() if name not in OF_ROUND}
    above = {name: facts.pop(name) for name in [*facts] if isinstance(facts[name], Model)}
    case = new_row(
        Case,
        {
            "legal_entity": unit.legal_entity,
            "receiving_unit": unit,
            "handling_unit": unit,
            "team": row.team,
            "owner": row.owner,
            "first_receiver": row.owner,
            "brought_by": actor,
            "business_line": row.business_line,
            **above,
        },
        reference=reference,
        state=State.CLOSED,
        origin=Case.Origin.IMPORT,
        nature=row.nature,
        level=row.level,
        channel=row.channel,
        code_version=version,
        subject=subject,
        received_at=row.received_at,
        **facts,
    )
    case.current_round = told_round(case, row, actor=actor)
    return case


def told_round(case: Case, row: Finished, *, actor: User) -> Round:
    """The one round of a finished case."""
    return new_row(
        Round,
        {"case": case, "began_by": actor},
        began_at=row.received_at,
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


def ended_clocks(case: Case, told_at: datetime, *, at: datetime) -> list[Clock]:
    """The clocks that telling the customer ended. Nobody is told of their rungs any more."""
    ended = []
    facts = facts_of(case, source="")
    for plan in sla.plan(facts, received_at=case.received_at, at=at, kinds=ENDED_BY_TELLING):
        clock = new_row(Clock, {"case": case, "round": case.current_round})
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
