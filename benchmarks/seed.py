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
    load = seeded()
    print(f"\nSeed\n  {load.said}")
    with connection.cursor() as cursor:
        cursor.execute(ROOM)
        rooms = [(name, rows / load.cases, indexes / load.cases) for name, rows, indexes in cursor.fetchall()]
    show(
        "Bytes a case",
        ["", "rows", "indexes"],
        *rooms[:SHOWN],
        ["all tables", *(float(sum(room[column] for room in rooms)) for column in (1, 2))],
    )
