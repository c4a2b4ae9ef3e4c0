"""A mould: the rows of one case that was walked, as COPY wants them, with gaps for what differs from case to case.

Rows are read by `_meta`, so a new column or table is carried without a word here. A gap is found by how its value
looks: a key that begins at `walking.MARKED`, a moment, a name in ⟦ ⟧, the reference; and by its column, where chance
makes the value. What nobody varies (an acknowledgement, a reason) is sealed once and the same in every case.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

from django.db import models
from django.utils import timezone

from complaints.models import Case, CaseEvent, CaseText, CaseWords, Clock, Firing, Recheck, RoleChange, Unread
from complaints.services.copying import as_text, written_as
from demo.bank import Table
from demo.shifting import MOST_MOVED, moves_along
from demo.walking import Walked
from feedback import services as feedback
from feedback.models import Customer, Feedback, Notice, Survey
from security.chain import canonical, plain
from security.fields import SealedRow

PIECE = b"\x1e"  # parts the pieces of a case: no text holds it
# Customers have several cases, nobody needs to read what is counted and sealed at once, and everybody is there.
LEFT_OUT = (Customer, Unread, Recheck, RoleChange)
DAY = 86_400
VARIED = "⟦"
FORM = re.compile(
    r"(?P<key>(?<![0-9A-Za-z])7\d{12}(?![0-9A-Za-z]))"
    r"|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"
    r"|(?P<day>(?<![0-9])\d{4}-\d\d-\d\d(?![T0-9]))"
    r"|⟦(?P<name>[a-z]+)⟧"
    r"|(?P<reference>C\d{6}-\d{7}-\d)"
    r"|(?P<digest>(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f]))"
)
BY_CHANCE = re.compile(r"random:|row:(?!said$)[a-z]")
# What a case computes last stands at an edge of its row: it is written when the rest is.
LAST: dict[type[models.Model], tuple[str, ...]] = {Case: ("last_hash",)}
FIRST: dict[type[models.Model], tuple[str, ...]] = {CaseEvent: ("previous_hash", "hash", "details")}
# The order in which a case's values are made.
KINDS = ("key", "moment", "day", "cast", "name")
Gap = tuple[str, Any]  # its kind, and which one of it
PATRON: Gap = ("name", "customer")
SAID: Gap = ("name", "digest:said")


@dataclass(frozen=True)
class Event:
    """Where the pieces of one event stand: its details, what the hash covers around them, the rest of the row."""

    details: int
    before: int
    after: int
    row: int


@dataclass
class Mould:
    """One way that a case goes, ready to be filled.

    text, gaps  the whole case in pieces, as bytes; the gaps in the order in which the text names them
    facts       what its message brings beside the words, as the log takes the digest of it, and its gaps
    tables      the piece of each table but the log; the Case's own first
    counts      how many keys a case needs of each table
    spoken      what is said, found or told in each varied text
    moved       seconds by which a case may be earlier in its day without another deadline
    span        days, from the one before receipt, at which its deadlines and rungs in working time look
    """

    kind: str
    topic: str
    received_at: datetime
    ends_at: datetime
    text: bytes
    facts: tuple[bytes, list[Gap]]
    gaps: list[Gap]
    tables: list[tuple[type[models.Model], int]]
    events: list[Event]
    counts: dict[type[models.Model], int]
    spoken: list[str]
    moved: int
    span: int

    def __post_init__(self) -> None:
        brought, gaps = self.facts
        known = sorted(dict.fromkeys([*self.gaps, *gaps]), key=lambda gap: KINDS.index(gap[0]))
        places = {gap: place for place, gap in enumerate(known)}
        self.take = itemgetter(*(places[gap] for gap in self.gaps))
        self.brought, self.take_brought = brought, itemgetter(*(places[gap] for gap in gaps))
        self.said = places[SAID]
        self.keys, moments, self.days, self.parts, self.names = (
            [which for kind, which in known if kind == wanted] for wanted in KINDS
        )
        # a moment that moves with its case has its second, or is the first late one after such a deadline
        self.moments = [(since, since % 60 < 2) for since in moments]
        self.case, self.message = self.keys.index((Case, 0)), self.keys.index((Feedback, 0))
        self.begins = int(self.received_at.timestamp())
        self.received_on = (timezone.localdate(self.received_at) - date(1970, 1, 1)).days
        self.kinds = sorted(set(self.spoken))
        self.by_chance = [name for name in self.names if BY_CHANCE.match(name)]


def columns_of(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """In the order of COPY."""
    first, last = FIRST.get(model, ()), LAST.get(model, ())
    by_name = {one.attname: one for one in model._meta.concrete_fields}
    inner = [name for name in by_name if name not in first + last]
    return [by_name[name] for name in (*first, *inner, *last)]


def moulded(walked: Walked) -> Mould:
    return Moulding(walked).mould()


class Moulding:
    """One walked case on its way to a mould."""

    def __init__(self, walked: Walked) -> None:
        self.walked = walked
        self.case = walked.rows[Case][0]
        left_out = LEFT_OUT if self.case.is_open else (*LEFT_OUT, Notice)  # of an ended case nobody reads notices
        self.rows = {model: rows for model, rows in walked.rows.items() if model not in left_out}
        self.numbers = {
            row.pk: (model, number)
            for model, rows in walked.rows.items()
            if model is not CaseEvent
            for number, row in enumerate(rows)
        }
        self.cast = cast_of(walked.table)
        self.spoken = [row for row in self.rows.get(CaseText, []) if VARIED in row.text]
        message = self.rows[Feedback][0]
        self.digests = {row.digest_of(row.text): f"digest:{number}" for number, row in enumerate(self.spoken)}
        self.digests |= {feedback.digest_of(message): SAID[1], message.content_hash: "random:content"}
        self.gaps: list[Gap] = []

    def mould(self) -> Mould:
        tables: list[tuple[type[models.Model], int]] = []
        events: list[Event] = []
        pieces: list[str] = []
        for model, rows in self.rows.items():
            if model is not CaseEvent:
                tables.append((model, len(pieces)))
                pieces.append("\n".join(map(self.line, rows)))
        for row in self.rows[CaseEvent]:
            events.append(Event(*range(len(pieces), len(pieces) + 4)))
            pieces += self.event(row)
        gaps = len(self.gaps)
        brought = self.with_gaps(self.rows[Feedback][0].facts().decode()).encode()
        return Mould(
            kind=self.walked.table.kind,
            topic=self.walked.topic,
            received_at=self.walked.received_at,
            ends_at=max(event.at for event in self.rows[CaseEvent]),
            text=PIECE.join(piece.encode() for piece in pieces),
            facts=(brought, self.gaps[gaps:]),
            gaps=self.gaps[:gaps],
            tables=sorted(tables, key=lambda one: one[0] is not Case),
            events=events,
            counts={model: len(rows) for model, rows in self.rows.items() if model is not CaseEvent},
            spoken=[row.text.strip("⟦⟧") for row in self.spoken],
            moved=MOST_MOVED if all(map(moves_along, self.rows.get(Clock, []))) else 0,
            span=self.span(),
        )

    def line(self, row: Any) -> str:
        columns = columns_of(type(row))
        return "\t".join(self.value(row, one) for one in columns if one.attname not in LAST.get(type(row), ()))

    def value(self, row: Any, column: "models.Field[Any, Any]") -> str:
        """One value as COPY wants it, with its gaps."""
        made = self.by_chance(row, column.attname)
        if made is not None:
            return self.gap(("name", made))
        value = getattr(row, column.attname)
        if isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat()
        return self.with_gaps(written_as(column)(value))

    def by_chance(self, row: Any, column: str) -> str | None:
        """The name of a value that chance makes, or that follows from such a one."""
        number = self.numbers[row.pk][1]
        if isinstance(row, CaseWords) and column == "bigrams" and VARIED in row.text:
            return f"words:{row.text.split(VARIED)[-1].strip('⟦⟧')}"
        if isinstance(row, CaseText) and row in self.spoken:
            number = self.spoken.index(row)
            return {"row_id": f"row:{number}", "salt": f"salt:{number}", "words_sealed": f"sealed:{number}"}.get(column)
        if isinstance(row, Feedback):
            return {"row_id": "row:said", "words_sealed": "sealed:said", "content_hash": "random:content"}.get(column)
        if isinstance(row, Survey) and column == "token_digest":
            return f"random:{number}"
        if isinstance(row, SealedRow) and column == "row_id" and not is_sealed(row):
            return f"row:{row._meta.model_name}{number}"
        return None

    def event(self, row: Any) -> list[str]:
        details = canonical(row.details).decode()
        if "\\" in details:
            raise ValueError("an event with a backslash would have to be escaped for COPY and not for the hash")
        before, after = canonical(row.payload()).decode().split(f'"details":{details}', 1)
        rest = columns_of(CaseEvent)[len(FIRST[CaseEvent]) :]
        line = "\t".join(as_text(plain(getattr(row, one.attname))) for one in rest)
        return [self.with_gaps(part) for part in (details, f'{before}"details":', after, line)]

    def with_gaps(self, text: str) -> str:
        """The text as a pattern of `%`, its gaps noted in order."""
        parts, end = [], 0
        for found in FORM.finditer(text):
            gap = self.gap_of(found)
            if gap is not None:
                parts += [text[end : found.start()].replace("%", "%%"), self.gap(gap)]
                end = found.end()
        return "".join([*parts, text[end:].replace("%", "%%")])

    def gap(self, gap: Gap) -> str:
        self.gaps.append(gap)
        return "%d" if gap[0] in {"key", "cast"} or gap == PATRON else "%b"

    def gap_of(self, found: re.Match[str]) -> Gap | None:
        kind = str(found.lastgroup)
        value = found[kind]
        match kind:
            case "key":
                return self.key(int(value))
            case "moment":
                since = datetime.fromisoformat(f"{value}+00:00") - self.walked.received_at
                return kind, int(since.total_seconds())
            case "day":
                days = (date.fromisoformat(value) - self.walked.received_at.date()).days
                return (kind, days) if -1 <= days <= 200 else None  # else a day on which a rule began
            case "digest":
                return ("name", self.digests[value]) if value in self.digests else None
            case "reference":
                return "name", "reference"
        return "name", value

    def key(self, value: int) -> Gap:
        if value in self.cast:
            return "cast", self.cast[value]
        model, number = self.numbers[value]
        return PATRON if model is Customer else ("key", (model, number))

    def span(self) -> int:
        clocks = self.rows.get(Clock, [])
        looked_at = [clock.due_at for clock in clocks if clock.calendar_id]
        looked_at += [firing.fired_at for firing in self.rows.get(Firing, [])]  # people hear of it at work
        looked_at += [clock.next_fire_at for clock in clocks if clock.next_fire_at]
        return (max(looked_at, default=self.walked.received_at) - self.walked.received_at).days + 3


def cast_of(table: Table) -> dict[int, str]:
    """Key of a person, the unit or the team of a table -> the part it plays."""
    return {value: part for part, value in reversed(parts(table, 0).items()) if value}


def parts(table: Table, worker: int) -> dict[str, int]:
    """The part that somebody or something at a table plays -> key."""
    return {
        "unit": table.unit.pk,
        "team": table.team.pk if table.team else 0,
        "holder": table.holder.pk,
        "worker": table.workers[worker].pk,
        "checker": table.checker.pk,
        "boss": table.boss.pk,
        "lead": table.lead.pk,
    }


def is_sealed(row: SealedRow) -> bool:
    return any(getattr(row, one.attname) for one in row._meta.concrete_fields if one.attname.endswith("_sealed"))
