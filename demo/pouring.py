"""Moulds are filled, a batch at a time, and written by COPY, a transaction a batch.

Keys are given, not drawn; the events of each case are hashed anew, and the end of its chain is sealed in the same
transaction. It is a hot path, five thousand cases a second: plain bytes, and no object a row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection, models, transaction

from complaints.models import CaseEvent
from complaints.models.words import entity_word
from complaints.services.copying import as_text
from complaints.services.reference import check_digit
from complaints.services.sealing import READER
from demo.composing import Words, Writer, Written, union
from demo.moulds import DAY, PIECE, SAID, Mould, columns_of
from demo.patrons import patrons
from feedback.models import Customer
from feedback.models.feedback import digest_of
from security import services as security
from security.chain import START, text_digest
from security.sealing import seal

Model = type[models.Model]
ROWS = 64  # cases whose rows COPY takes at once
PHRASES = 500  # of each kind and topic
FAITHFUL = 1.5  # some customers come back often, most once
EPOCH = date(1970, 1, 1)
DAYS = [(EPOCH + timedelta(days=number)).isoformat().encode() for number in range(30_000)]
TIMES = [f"T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}".encode() for second in range(DAY)]


@dataclass(frozen=True, slots=True)
class Planned:
    """One case to be: its mould, by how many days it is moved, and who works on it (part -> key)."""

    mould: Mould
    days: int
    parts: Mapping[str, int]


@dataclass
class References:
    """Numbers of cases that nobody has. Of several processes each draws its own: `turn` among `turns`."""

    taken: set[str]
    turn: int = 0
    turns: int = 1

    def draw(self, day: bytes, chance: Random) -> str:
        """day  as ISO date"""
        written = day.decode()
        while True:
            drawn = chance.randrange(10_000_000 // self.turns) * self.turns + self.turn
            digits = f"{written[2:4]}{written[5:7]}{written[8:10]}{drawn:07d}"
            reference = f"C{digits[:6]}-{digits[6:]}-{check_digit(digits)}"
            if reference not in self.taken:
                self.taken.add(reference)
                return reference


class Phrase(NamedTuple):
    """A text of the house, as COPY wants it, with its words, and sealed."""

    text: bytes
    words: bytes
    row: bytes
    salt: bytes
    sealed: bytes
    digest: bytes


Phrases = Mapping[tuple[str, str], Sequence[Phrase]]  # by kind and topic


class Batch:
    """Cases on their way to the database.

    first      the first key of each table that this batch may use
    customers  how many it brings along
    """

    def __init__(
        self,
        entity: int,
        first: Mapping[Model, int],
        customers: int,
        *,
        writer: Writer,
        phrases: Phrases,
        references: References,
    ) -> None:
        self.entity, self.next, self.customers = entity, dict(first), customers
        self.writer, self.phrases, self.references, self.chance = writer, phrases, references, writer.chance
        self.fresh = Random()  # for what no two loads may share, whatever their seed
        self.patron = self.next[Customer]
        self.rows: dict[Model, list[bytes]] = {}
        self.heads: list[security.Hashed] = []

    def pour(self, plan: Sequence[Planned]) -> None:
        for planned in plan:
            self.one(planned)

    def one(self, planned: Planned) -> None:
        """One case: its values, its pieces, its chain."""
        mould, first, back = planned.mould, self.next, self.chance.randrange(planned.mould.moved + 1)
        keys = [first[model] + number for model, number in mould.keys]
        for model, count in mould.counts.items():
            first[model] += count
        begins = mould.begins + planned.days * DAY
        earlier = begins - back
        times = [(earlier if moves else begins) + since for since, moves in mould.moments]
        moments = [DAYS[time // DAY] + TIMES[time % DAY] for time in times]
        day = begins // DAY
        days = [DAYS[day + since] for since in mould.days]
        parts = [planned.parts[part] for part in mould.parts]
        made, said = self.made(mould, DAYS[mould.received_on + planned.days], keys[mould.message])
        values = [*keys, *moments, *days, *parts, *(made[name] for name in mould.names)]
        values[mould.said] = said(mould.brought % mould.take_brought(values)).encode()
        pieces = (mould.text % mould.take(values)).split(PIECE)
        last = self.chained(mould, pieces)
        pieces[mould.tables[0][1]] += b"\t" + last
        for model, place in mould.tables:
            self.rows.setdefault(model, []).append(pieces[place])
        self.heads.append((keys[mould.case], len(mould.events), last.decode()))

    def made(self, mould: Mould, day: bytes, message: int) -> tuple[dict[str, object], Callable[[bytes], str]]:
        """What differs from case to case by chance: the customer, the words, and what seals and finds them.

        And what makes the digest of the message, of all that it brings beside the words.
        """
        chance, fresh, writer = self.chance, self.fresh, self.writer
        called, said = writer.subject(mould.topic), writer.write("said", mould.topic)
        place, spoken = UUID(int=fresh.getrandbits(128)), f"{called.text}\n{said.text}"
        found: dict[str, object] = {
            SAID[1]: b"",  # comes last
            "customer": self.patron + int(self.customers * chance.random() ** FAITHFUL),
            "reference": self.references.draw(day, chance).encode(),
            "number": b"load-%d" % message,
            "subject": called.text.encode(),
            "said": escaped(said.text),
            "words:said": words(self.entity, union(called.words, said.words)),
            "row:said": str(place).encode(),
            "sealed:said": seal(spoken, row=place, field="words").encode(),
        }
        for name in mould.by_chance:
            drawn = fresh.getrandbits(256)
            found[name] = (str(UUID(int=drawn >> 128)) if name.startswith("row") else f"{drawn:064x}").encode()
        texts = {kind: chance.choice(self.phrases[kind, mould.topic]) for kind in mould.kinds}
        for kind, phrase in texts.items():
            found[kind], found[f"words:{kind}"] = phrase.text, phrase.words
        for number, kind in enumerate(mould.spoken):
            _text, _words, *kept = texts[kind]
            found |= zip((f"row:{number}", f"salt:{number}", f"sealed:{number}", f"digest:{number}"), kept, strict=True)
        return found, lambda facts: digest_of(facts, called.text, said.text, spoken, "", "", "", "", "", salt=place)

    def chained(self, mould: Mould, pieces: list[bytes]) -> bytes:
        """Hash the events of a case, and return the end of its chain."""
        previous, rows = START.encode(), self.rows.setdefault(CaseEvent, [])
        for event in mould.events:
            details = pieces[event.details]
            covered = b"%b%b%b%b" % (previous, pieces[event.before], details, pieces[event.after])
            digest = sha256(covered).hexdigest().encode()
            rows.append(b"%b\t%b\t%b\t%b" % (previous, digest, details, pieces[event.row]))
            previous = digest
        return previous

    def write(self, since: str, at: datetime) -> None:
        """Store everything, and seal the ends of the chains.

        since  the moment from which its customers are known
        """
        customers = patrons(self.patron, self.customers, entity=self.entity, since=since, chance=self.chance)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")  # a load that a crash has cut short is made anew
            copy(cursor, Customer, (row.encode() for row in customers))
            for model, rows in self.rows.items():
                copy(cursor, model, rows)
            security.seal(READER, self.heads, at)


def phrases(writer: Writer, entity: int) -> Phrases:
    """What the house finds and tells, written and sealed before: it says the same to many."""
    kinds = [kind for kind in writer.mean if kind[0] != "said"]
    return {kind: [phrase(writer.write(*kind), entity) for _number in range(PHRASES)] for kind in kinds}


def phrase(written: Written, entity: int) -> Phrase:
    row, salt = uuid4(), uuid4().hex
    sealed, digest = seal(written.text, row=row, field="words"), text_digest(written.text, salt)
    kept = (str(row), salt, sealed, digest)
    return Phrase(escaped(written.text), words(entity, written.words), *(value.encode() for value in kept))


def words(entity: int, words: Words) -> bytes:
    """As the column has them; no word of a text needs quotes."""
    return b"{%b,%b}" % (entity_word(entity).encode(), b",".join(words))


def escaped(text: str) -> bytes:
    """As COPY wants it; nearly no text holds what must be written otherwise, and a look is cheap."""
    return (text if text.isprintable() and "\\" not in text else as_text(text)).encode()


def copy(cursor: Any, model: Model, rows: Iterable[bytes]) -> None:
    """COPY rows of one table into it."""
    columns = ", ".join(f'"{one.column}"' for one in columns_of(model))
    cursor.copy_expert(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN', Stream(rows))


class Stream:
    """Rows as a file, a few at a time: one text of them all would cost more in fresh memory than in copying."""

    def __init__(self, rows: Iterable[bytes]) -> None:
        self.rows = iter(rows)

    def read(self, _size: int) -> bytes:
        rows = b"\n".join(islice(self.rows, ROWS))
        return rows and rows + b"\n"
