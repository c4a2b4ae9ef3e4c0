"""A load of cases of any size: planned first, then poured by two hands at once into tables without keys and indexes."""

import gc
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from django.db import connection, connections, models

from complaints.models import Case, CaseEvent
from demo import bank
from demo.composing import Writer
from demo.lives import FINISHED, OPEN
from demo.moulds import DAY, Mould
from demo.planning import FOUNDED, Days, Planning, cast_moulds, variants
from demo.pouring import DAYS, TIMES, Batch, Planned, References, phrases
from feedback.models import Customer

BATCH = 2_000  # cases; COPY reads the conditions of a table anew each time
HANDS = 2  # processes
CUSTOMERS = 0.5  # of a case: many come back
Model = type[models.Model]


class SeedError(Exception):
    """A process that wrote has failed."""


@dataclass(frozen=True)
class Portion:
    """What is written in one transaction: some cases, and the first key of each table that they may use."""

    number: int
    plan: Sequence[Planned]
    first: dict[Model, int]
    customers: int


class Load:
    """So many cases more, of an institution that is made if it is not there.

    at    the present: nothing happened later, and what was due by then has been told
    seed  the same seed at the same moment gives the same load; keys, references and seals apart
    """

    def __init__(self, cases: int, *, seed: str, at: datetime) -> None:
        self.cases, self.seed, self.at = cases, seed, at
        self.entity = bank.founded(at - FOUNDED)
        self.days = Days()

    @property
    def histories(self) -> int:
        """How many `prepare` walks."""
        return sum(variants(life) * len(life.kinds) for life in (*FINISHED, *OPEN))

    def prepare(self, done: Callable[[], object] = lambda: None) -> None:
        """Walk the histories and plan the cases.

        done  is called after each history
        """
        chance = Random(f"{self.seed}:moulds")
        self.moulds = cast_moulds(self.entity, at=self.at, chance=chance, days=self.days, done=done)
        chance = Random(f"{self.seed}:plan")
        plan = Planning(self.moulds, self.entity, at=self.at, days=self.days, chance=chance).plan(self.cases)
        self.portions = list(portions(plan))
        self.writer = Writer(self.seed)
        self.phrases = phrases(self.writer, self.entity.pk)
        self.taken = set(Case.objects.values_list("reference", flat=True))

    def pour(self, done: Callable[[int], object]) -> None:
        """Write everything, by as many processes as there is work for.

        done  hears the number of cases after each portion
        """
        hands = min(HANDS, len(self.portions))
        if hands > 1:
            at_once(self, hands, done)
            return
        total = 0
        for count in self.hand(0, 1):
            total += count
            done(total)

    def tables(self) -> list[Model]:
        """Where it writes."""
        return [CaseEvent, *{model: None for portion in self.portions for model in portion.first}]

    def analyze(self) -> None:
        """Tell the planner what is there now."""
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in self.tables())}")

    def hand(self, turn: int, turns: int) -> Iterator[int]:
        """Write the portions of one process; gives the number of cases of each."""
        references = References(self.taken, turn, turns)
        gc.freeze()  # what was prepared lives as long as the process: it need not be walked again and again
        for portion in self.portions[turn::turns]:
            self.writer.chance.seed(f"{self.seed}:{portion.number}")
            batch = Batch(
                self.entity.pk,
                portion.first,
                portion.customers,
                writer=self.writer,
                phrases=self.phrases,
                references=references,
            )
            batch.pour(portion.plan)
            batch.write(since=began(portion), at=self.at)
            yield len(portion.plan)


def began(portion: Portion) -> str:
    """When the first of its customers spoke, as ISO text in UTC."""
    first = min(one.mould.begins + one.days * DAY - one.mould.moved for one in portion.plan)
    return f"{(DAYS[first // DAY] + TIMES[first % DAY]).decode()}+00:00"


def portions(plan: Sequence[Planned]) -> Iterator[Portion]:
    """Cut the plan, and give each part keys of its own."""
    parts = [plan[start : start + BATCH] for start in range(0, len(plan), BATCH)]
    needed = [needs(part) for part in parts]
    first = {model: reserved(model, sum(need[model] for need in needed)) for model in set().union(*needed)}
    for number, (part, need) in enumerate(zip(parts, needed, strict=True)):
        yield Portion(number, part, dict(first), need[Customer])
        for model, count in need.items():
            first[model] += count


def needs(part: Sequence[Planned]) -> Counter[Model]:
    """How many keys these cases need of each table."""
    found: Counter[Model] = Counter({Customer: round(len(part) * CUSTOMERS) or 1})
    for mould, times in moulds_of(part).values():
        for model, count in mould.counts.items():
            found[model] += count * times
    return found


def moulds_of(part: Sequence[Planned]) -> dict[int, tuple[Mould, int]]:
    """Each mould that these cases use, and how often."""
    times = Counter(id(one.mould) for one in part)
    return {id(one.mould): (one.mould, times[id(one.mould)]) for one in part}


def reserved(model: Model, count: int) -> int:
    """Take so many keys of a table, in one piece: nobody else may draw any meanwhile. Returns the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name, nextval(name) + %s) FROM pg_get_serial_sequence(%s, %s) AS name",
            [count - 1, model._meta.db_table, model._meta.pk.column],
        )
        return cursor.fetchone()[0] - count + 1


def at_once(load: Load, hands: int, done: Callable[[int], object]) -> None:
    """Let so many processes write, each with a connection of its own. The first failure ends them all."""
    connections.close_all()  # a connection must not be shared by two processes
    context = multiprocessing.get_context("fork")  # what was prepared is there without a copy
    heard = context.SimpleQueue()
    workers = [context.Process(target=work, args=(load, turn, hands, heard)) for turn in range(hands)]
    for worker in workers:
        worker.start()
    try:
        total, working = 0, hands
        while working:
            said = heard.get()
            if isinstance(said, str):
                raise SeedError(said)
            working -= said == 0
            total += said
            done(total)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def work(load: Load, turn: int, turns: int, heard: Any) -> None:
    """One process: says how many cases it wrote, 0 at the end, or in words why it failed."""
    try:
        for count in load.hand(turn, turns):
            heard.put(count)
        heard.put(0)
    except Exception as error:  # noqa: BLE001 whatever it is, the other process says it
        heard.put(f"{type(error).__name__}: {error}")
    finally:
        connections.close_all()
