"""What was done to a case, as an event: codes, ids and times in the log, people's words sealed beside it.

An event carries the new value of every column of the case and of the rows that hang on it that was changed, so that the
state of a case at any sequence follows from its events alone: services/replaying.py replays and compares them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.utils.crypto import salted_hmac

from complaints.hanging import APART, BESIDE, KEYS
from complaints.models import (
    ADDRESSES,
    Case,
    CaseEvent,
    CaseText,
    CaseWords,
    Message,
    Unread,
    entity_word,
)
from complaints.models.representative import NAME
from complaints.newrows import new_row
from feedback import services as feedback
from feedback.search import bigrams, parts
from security.chain import START, link, plain
from security.masking import mask
from security.redaction import redact
from security.unkept import without_secrets, without_secrets_in

# What people wrote: an event holds the digest of the sealed words, never the words.
IN_WORDS = frozenset({"product", "named_staff"})
# Texts of one personal value, and its kind: the copy to read is its mask, by which nobody searches.
MASKED = {**{name: name for name in ADDRESSES}, NAME: "name"}
UNSEARCHED = IN_WORDS | MASKED.keys()


@dataclass(frozen=True)
class Words:
    """What a person wrote in one field of a verb. Sealed as given, redacted to be read."""

    kind: str
    words: str


@cache
def recorded_columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname not in APART[model])


def standing(row: Model) -> dict[str, Any]:
    """The columns of a row that events tell, as they are now."""
    return {name: getattr(row, name) for name in recorded_columns(type(row))}


@cache
def blank(model: type[Model]) -> dict[str, Any]:
    """A new row, with which others are compared."""
    return standing(model())


def changed(row: Model, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The columns that differ from `before` (default: from a new row), with their values now."""
    before = blank(type(row)) if before is None else before
    return {name: value for name, value in standing(row).items() if before[name] != value}


def key_of(row: Model) -> str:
    """How an event names a row that hangs on its case, among those of its kind."""
    return KEYS[type(row)](row)


def begun(*rows: Model) -> dict[str, dict[str, Any]]:
    """What an event tells of rows that begin with it: kind -> key -> columns."""
    told: dict[str, dict[str, Any]] = {}
    for row in rows:
        told.setdefault(BESIDE[type(row)], {})[key_of(row)] = changed(row)
    return told


def delivered(message: Message, digest: str) -> dict[str, dict[str, Any]]:
    """What an event tells of a message that opens a case. digest: of all that was received, words included."""
    return {BESIDE[Message]: {key_of(message): changed(message) | {"said": digest}}}


def subject_digest(subject: str) -> str:
    """What the log keeps of the title of an imported case, which no message says. Keyed, or it could be guessed."""
    return salted_hmac("complaints.subject", subject, secret=settings.INDEX_KEY, algorithm="sha256").hexdigest()


def texts_of(case: Case, columns: dict[str, Any]) -> list[Words]:
    """Take the columns that people wrote out of `columns`, as words; an emptied one stays, as empty."""
    written = [name for name in IN_WORDS if columns.get(name)]
    return [Words(name, in_one_text(columns.pop(name))) for name in sorted(written)]


def without_what_is_never_kept(case: Case) -> None:
    """Take passwords and codes out of the columns that people wrote, before anything is made of them."""
    for name in IN_WORDS:
        if value := getattr(case, name):
            setattr(case, name, without_secrets_in(value))


def in_one_text(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)


def next_event(
    case: Case,
    name: str,
    *,
    before: str,
    actor: Any,
    at: datetime,
    happened_at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
    texts: Iterable[tuple[CaseText, str]] = (),
) -> CaseEvent:
    """The event that follows the last one of this case, hashed and unsaved.

    happened_at  default: when it is entered
    details      codes, ids and times; never people's words
    texts        rows made by `text_row`, whose digests the event carries
    """
    case.event_count += 1
    facts = plain(dict(details or {}))
    if digests := {row.kind: row.digest_of(spoken) for row, spoken in texts}:
        facts["texts"] = digests
    event = new_row(
        CaseEvent,
        {"case": case, "actor": actor},
        sequence=case.event_count,
        verb=name,
        before=before,
        after=case.state,
        at=at,
        happened_at=happened_at or at,
        round=case.round,
        details=facts,
        previous_hash=case.last_hash or START,
    )
    event.hash = case.last_hash = link(event.previous_hash, event.payload())
    return event


def text_row(case: Case, spoken: Words, *, sequence: int) -> tuple[CaseText, str]:
    """The sealed words, with a copy to read from which what is known of the customer was taken out."""
    masked = MASKED.get(spoken.kind, "")
    words = spoken.words if masked else without_secrets(spoken.words)
    read = mask(masked, words) if masked else redact(words, feedback.known_of(case.customer))
    row = CaseText(case=case, event_sequence=sequence, kind=spoken.kind, text=read, salt=uuid4().hex)
    row.words = words
    return row, words


@cache
def readers_of(verb: str) -> tuple[str, ...]:
    return tuple(reader for reader, ignored in settings.EVENT_READERS.items() if verb not in ignored)


def unread(event: CaseEvent) -> list[Unread]:
    """A row for each reader of the log that has a use for such an event."""
    return [Unread(case_id=event.case_id, sequence=event.sequence, reader=name) for name in readers_of(event.verb)]


def leave_to_readers(events: Sequence[CaseEvent]) -> None:
    """Store the rows by which the readers of the log find these events, in one statement."""
    waiting = [(event.case_id, event.sequence, name) for event in events for name in readers_of(event.verb)]
    if not waiting:
        return
    insert = f"INSERT INTO {Unread._meta.db_table} (case_id, sequence, reader) SELECT * FROM"
    columns = [list(column) for column in zip(*waiting, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(f"{insert} unnest(%s::bigint[], %s::integer[], %s::text[])", columns)


def words_of(case: Case, kind: str, text: str, *, sequence: int) -> Iterator[CaseWords]:
    """The unsaved rows of one redacted text of the case."""
    entity = entity_word(case.legal_entity_id)
    for number, part in enumerate(parts(text)):
        yield new_row(
            CaseWords,
            {"case": case},
            legal_entity_id=case.legal_entity_id,
            event_sequence=sequence,
            kind=kind,
            part=number,
            received_at=case.received_at,
            text=part,
            bigrams=[entity, *bigrams(part)],
        )


def searched(text: CaseText) -> Iterator[CaseWords]:
    """The words by which a case is found; names of staff and products are facts of it."""
    if text.kind not in UNSEARCHED:
        yield from words_of(text.case, text.kind, text.text, sequence=text.event_sequence)
