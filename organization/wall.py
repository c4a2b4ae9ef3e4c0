"""The wall between legal entities, held by the database.

A row that carries `legal_entity_id` points at another such row by a key of two columns, (column, legal_entity_id) ->
(id, legal_entity_id). So nothing points across, and the entity of a row is fixed once something points at it.
Migrations named `0002_guards` write these keys; tests/organization/test_wall.py finds a foreign key without one.
"""

from collections.abc import Mapping

from django.db.migrations import RunSQL

# The key of two columns asks for more than the simple one, so that one goes: an insert is checked as often as before.
DROP_SIMPLE_KEY = """
DO $$ DECLARE simple name; BEGIN
    SELECT conname INTO STRICT simple
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
    WHERE contype = 'f' AND conrelid = '{table}'::regclass AND attname = '{column}';
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', simple);
END $$
"""
ADD_SIMPLE_KEY = """
ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) REFERENCES {target} (id)
DEFERRABLE INITIALLY DEFERRED
"""
ADD_KEY = """
ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_wall FOREIGN KEY ({column}, legal_entity_id)
REFERENCES {target} (id, legal_entity_id) DEFERRABLE INITIALLY IMMEDIATE
"""
DROP_KEY = "ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_wall"
ADD_TARGET = "ALTER TABLE {table} ADD CONSTRAINT {table}_in_entity UNIQUE (id, legal_entity_id)"
DROP_TARGET = "ALTER TABLE {table} DROP CONSTRAINT {table}_in_entity"


def targets(*tables: str) -> list[RunSQL]:
    """Let keys of two columns point at these tables."""
    return [RunSQL(ADD_TARGET.format(table=table), DROP_TARGET.format(table=table)) for table in tables]


def keys(table: str, columns: Mapping[str, str], *, entity_may_be_empty: bool = False) -> list[RunSQL]:
    """Keys of two columns for the columns of a table (column -> table it points at).

    Where the entity may be empty PostgreSQL does not ask such a key, so the simple one stays beside it.
    """
    steps = []
    for column, target in columns.items():
        names = {"table": table, "column": column, "target": target}
        if not entity_may_be_empty:
            steps.append(RunSQL(DROP_SIMPLE_KEY.format(**names), ADD_SIMPLE_KEY.format(**names)))
        steps.append(RunSQL(ADD_KEY.format(**names), DROP_KEY.format(**names)))
    return steps
