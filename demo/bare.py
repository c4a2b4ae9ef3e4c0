"""Tables without their keys and indexes for the time of a load, and with exactly the same after it.

What was taken down stands in a table of its own, filled in the transaction that takes it down and emptied line by line
as it comes back: a load that was killed leaves what `restore` needs.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, models, transaction

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
# What is read -> how it goes and how it comes back. What goes first comes back last.
KINDS = {
    AUTOVACUUM: (
        "ALTER TABLE {table} SET (autovacuum_enabled = off)",
        "ALTER TABLE {table} RESET (autovacuum_enabled)",
    ),
    SEARCH: ("DROP INDEX {name}", "{how}"),
    FOREIGN_KEYS: ("ALTER TABLE {table} DROP CONSTRAINT {name}", "ALTER TABLE {table} ADD CONSTRAINT {name} {how}"),
    UNIQUE: ("ALTER TABLE {table} DROP CONSTRAINT {name}", "ALTER TABLE {table} ADD CONSTRAINT {name} {how}"),
    INDEXES: ("DROP INDEX {name}", "{how}"),
}
# Sorting once a load may take what a page may not.
MEMORY = "SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '256MB'"


Done = Callable[[int, int, str], object]  # hears how many are back, of how many, and by which statement


def unheard(done: int, of: int, statement: str) -> None:
    """Nobody asks how far it is."""


@contextmanager
def bare(tables: Iterable[type[models.Model]], done: Done = unheard) -> Iterator[None]:
    """The block runs without what these tables check and look up; then, also when it fails, all of it is back."""
    restore()
    take_down([model._meta.db_table for model in tables])
    try:
        yield
    finally:
        restore(done)


@transaction.atomic
def take_down(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {OWED} (position serial PRIMARY KEY, statement text NOT NULL)")
        for wanted, (drop, bring_back) in KINDS.items():
            cursor.execute(wanted, [tables])
            for table, name, how in cursor.fetchall():
                place = {"table": table, "name": name, "how": how}
                cursor.execute(f"INSERT INTO {OWED} (statement) VALUES (%s)", [bring_back.format(**place)])
                cursor.execute(drop.format(**place))


def restore(done: Done = unheard) -> None:
    """Bring back what is owed, the last taken down first: what is searched in comes after all keys."""
    statements = owed()
    done(0, len(statements), "")
    for number, (position, statement) in enumerate(statements, start=1):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(MEMORY)
            cursor.execute(statement)
            cursor.execute(f"DELETE FROM {OWED} WHERE position = %s", [position])
        done(number, len(statements), statement)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {OWED}")


def owed() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [OWED])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(f"SELECT position, statement FROM {OWED} ORDER BY position DESC")
        return list(cursor.fetchall())
