"""Tables without their keys and indexes for the time of a load, and with exactly the same after it.

What was taken down stands in a table of its own, filled in the transaction that takes it down and emptied line by line
as it comes back: a load that was killed leaves what `restore` needs.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db import connection, connections, models, transaction

OWED = "demo_taken_down"
# Those of other tables that point here too: what they point at goes as well.
FOREIGN_KEYS = """
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid)
FROM (SELECT %s::regclass[] AS loaded) AS given, pg_constraint
WHERE contype = 'f' AND (conrelid = ANY(loaded) OR confrelid = ANY(loaded))
ORDER BY conrelid::regclass::text, conname"""
UNIQUE = """
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('p', 'u') AND conrelid = ANY(%s::regclass[]) ORDER BY conrelid::regclass::text, conname"""
# Those of a few rows stay, which cost little; and PostgreSQL spells some of their conditions anew when they are made.
INDEXES = """
SELECT indrelid::regclass, indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY(%s::regclass[]) AND indpred IS NULL
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')
ORDER BY indrelid::regclass::text, indexrelid::regclass::text"""
SEARCH = INDEXES.replace("ORDER BY", "AND pg_get_indexdef(indexrelid) LIKE '%% USING gin %%' ORDER BY")
# It would begin with rows that are hardly written, and hold up every key that comes back.
AUTOVACUUM = """
SELECT oid::regclass, NULL, NULL FROM pg_class
WHERE oid = ANY(%s::regclass[]) AND COALESCE(reloptions::text, '') NOT LIKE '%%autovacuum_enabled%%' ORDER BY 1"""
DROP = "ALTER TABLE {table} DROP CONSTRAINT {name}"
ADD = "ALTER TABLE {table} ADD CONSTRAINT {name} {how}"
# What is read, in this order; how it goes; and how it comes back: by stages, of which one begins when the one before
# has ended. A foreign key is checked beside others: it holds no lock meanwhile that another one waits for.
KINDS = (
    (
        AUTOVACUUM,
        "ALTER TABLE {table} SET (autovacuum_enabled = off)",
        {5: "ALTER TABLE {table} RESET (autovacuum_enabled)"},
    ),
    (FOREIGN_KEYS, DROP, {2: f"{ADD} NOT VALID", 3: "ALTER TABLE {table} VALIDATE CONSTRAINT {name}"}),
    (SEARCH, "DROP INDEX {name}", {4: "{how}"}),
    (UNIQUE, DROP, {1: ADD}),
    (INDEXES, "DROP INDEX {name}", {1: "{how}"}),
)
ONE_BY_ONE = 2  # the stage whose statements lock two tables each
HANDS = 2
# Sorting once a load may take what a page may not; and what comes back is on the disk when the last of it is.
LOCAL = "SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '256MB'; SET LOCAL synchronous_commit = off"
# Two hands are at work already, but in the stage of the search index.
BESIDE_OTHERS, TOGETHER = "; SET LOCAL max_parallel_maintenance_workers = 0", 4
Done = Callable[[int, int, str], object]  # hears how many are back, of how many, and by which statement


class Owed(NamedTuple):
    position: int
    stage: int
    place: str
    statement: str


def unheard(done: int, of: int, statement: str) -> None:
    """Nobody asks how far it is."""


@contextmanager
def bare(tables: Iterable[type[models.Model]], done: Done = unheard) -> Iterator[None]:
    """The block runs without what these tables check and look up; then, also when it fails, all of it is back.

    done  may be called by several threads, one after the other
    """
    restore()
    take_down([model._meta.db_table for model in tables])
    try:
        yield
    finally:
        restore(done)


@transaction.atomic
def take_down(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {OWED} (position serial PRIMARY KEY, stage int, place text, statement text)")
        for wanted, drop, back in KINDS:
            cursor.execute(wanted, [tables])
            for table, name, how in cursor.fetchall():
                given = {"table": table, "name": name, "how": how}
                for stage, statement in back.items():
                    cursor.execute(
                        f"INSERT INTO {OWED} (stage, place, statement) VALUES (%s, %s, %s)",
                        [stage, table, statement.format(**given)],
                    )
                cursor.execute(drop.format(**given))


def restore(done: Done = unheard) -> None:
    """Bring back what is owed, stage by stage, several tables at once."""
    returning = Returning(owed(), done)
    # inside a transaction there is one connection, which alone sees what it has done
    hands = 1 if connection.in_atomic_block else HANDS
    for stage, rows in groupby(returning.owed, key=attrgetter("stage")):
        if hands == 1 or stage == ONE_BY_ONE:
            returning.bring(rows)
        else:
            returning.bring_together(hands, rows)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {OWED}")


class Returning:
    """What comes back, counted."""

    def __init__(self, owed: list[Owed], done: Done) -> None:
        self.owed, self.done = owed, done
        self.back = 0
        self.lock = threading.Lock()
        done(0, len(owed), "")

    def bring_together(self, hands: int, owed: Iterable[Owed]) -> None:
        """What is owed to different tables at the same time."""
        tables = [list(some) for _place, some in groupby(owed, key=attrgetter("place"))]
        with ThreadPoolExecutor(hands) as pool:
            for bringing in [pool.submit(self.beside, some) for some in tables]:
                bringing.result()

    def beside(self, some: list[Owed]) -> None:
        """In a thread, with a connection of its own."""
        try:
            self.bring(some)
        finally:
            connections.close_all()

    def bring(self, some: Iterable[Owed]) -> None:
        for one in some:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(LOCAL if one.stage == TOGETHER else LOCAL + BESIDE_OTHERS)
                cursor.execute(one.statement)
                cursor.execute(f"DELETE FROM {OWED} WHERE position = %s", [one.position])
            with self.lock:
                self.back += 1
                self.done(self.back, len(self.owed), one.statement)


def owed() -> list[Owed]:
    """What is not back yet: by stages, and in each the largest tables first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [OWED])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(
            f"SELECT position, stage, place, statement FROM {OWED}"
            " ORDER BY stage, pg_relation_size(place::regclass) DESC, place, position"
        )
        return [Owed(*row) for row in cursor.fetchall()]
