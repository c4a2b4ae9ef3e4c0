"""How quickly `manage.py seed` writes, as it says itself, and how much room a case takes, by table."""

from django.db import connection

from benchmarks.seeded import seeded
from benchmarks.table import show

# Of each table its rows, with what is kept outside them, and its indexes.
ROOM = """
SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY pg_total_relation_size(oid) DESC"""
SHOWN = 12  # tables


def run() -> None:
    print(f"\nSeed\n  {seeded().said}")
    found = rooms()
    show(
        "Bytes a case",
        ["", "rows", "indexes"],
        *found[:SHOWN],
        ["all tables", sum(rows for _table, rows, _indexes in found), sum(indexes for *_, indexes in found)],
    )


def rooms() -> list[tuple[str, float, float]]:
    """table, bytes of its rows a case, bytes of its indexes a case; the largest first"""
    cases = seeded().cases
    with connection.cursor() as cursor:
        cursor.execute(ROOM)
        return [(table, rows / cases, indexes / cases) for table, rows, indexes in cursor.fetchall()]
