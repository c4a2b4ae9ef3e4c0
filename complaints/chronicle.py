"""What was done to a case, as an event: codes, ids and times in the log, people's words sealed beside it.

An event carries the new value of every column and clock that was changed, so that the state of a case at any sequence
follows from its events alone; tests/complaints/test_replay.py replays them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import Model

from complaints.models import Case, CaseEvent, CaseText, Clock, Unread
from security.chain import START, link, plain
from security.redaction import redact

# What people wrote: an event holds the digest of the sealed words, never the words.
IN_WORDS = frozenset({"product", "named_staff"})
# Said elsewhere: the address and the chain in the event itself, the first message's words with the message,
# and what is computed from them.
APART = frozenset({"id", "reference", "state", "version", "event_count", "last_hash", "subject", "text", "bigrams"})
# Said by the key in the event; how a deadline was reached is only ever added to; what the sweep puts aside is no fact
# of the case.
APART_OF_CLOCK = frozenset({"id", "case_id", "round", "kind", "provenance", "retry_at"})


@dataclass(frozen=True)
class Words:
    """What a person wrote in one field of a verb. Sealed as given, redacted to be read."""

    kind: str
    words: str


@cache
def told_columns(model: type[Model]) -> tuple[str, ...]:
    apart = APART if model is Case else APART_OF_CLOCK
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname not in apart)


def standing(row: Case | Clock) -> dict[str, Any]:
    """The columns of a row that events tell, as they are now."""
    return {name: getattr(row, name) for name in told_columns(type(row))}


@cache
def blank(model: type[Case] | type[Clock]) -> dict[str, Any]:
    """A row of which nothing is known yet: what a new one is compared with."""
    return standing(model())


def changed(row: Case | Clock, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The columns that differ from `before` (default: from a new row), with their values now."""
    before = blank(type(row)) if before is None else before
    return {name: value for name, value in standing(row).items() if before[name] != value}


def clock_key(clock: Clock) -> str:
    """How an event names a clock of its case."""
    return f"{clock.round}:{clock.kind}"


def texts_of(case: Case, columns: dict[str, Any]) -> list[Words]:
    """Take the columns that people wrote out of `columns`, as words; an emptied one stays, as empty."""
    written = [name for name in IN_WORDS if columns.get(name)]
    return [Words(name, said_in(columns.pop(name))) for name in sorted(written)]


def said_in(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)


def next_event(
    case: Case,
    name: str,
    *,
    before: str,
    actor: Any,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    texts: Iterable[tuple[CaseText, str]] = (),
) -> CaseEvent:
    """The event that follows the last one of this case, hashed and unsaved.

    details  codes, ids and times; never people's words
    texts    rows made by `text_row`, whose digests the event carries
    """
    case.event_count += 1
    facts = plain(dict(details or {}))
    digests = {row.kind: row.digest_of(spoken) for row, spoken in texts}
    if digests:
        facts["texts"] = digests
    event = CaseEvent(
        case=case,
        sequence=case.event_count,
        verb=name,
        before=before,
        after=case.state,
        actor=actor,
        at=at,
        round=case.round,
        details=facts,
        previous_hash=case.last_hash or START,
    )
    event.hash = case.last_hash = link(event.previous_hash, event.payload())
    return event


def text_row(case: Case, spoken: Words, *, sequence: int) -> tuple[CaseText, str]:
    row = CaseText(case=case, event_sequence=sequence, kind=spoken.kind, text=redact(spoken.words), salt=uuid4().hex)
    row.words = spoken.words
    return row, spoken.words


def unread(event: CaseEvent) -> list[Unread]:
    return [Unread(event_id=event.pk, case_id=event.case_id, reader=reader) for reader in settings.EVENT_READERS]
