"""Let Django empty the append-only tables after a test that commits.

It does so by TRUNCATE, which these tables refuse. Their triggers are off around that one statement, in its own
transaction, and nowhere else; tests/security/test_append_only.py proves that they are on.
"""

from collections.abc import Iterator

import pytest
from django.db import connection

GUARDS = """
SELECT format('ALTER TABLE %s ', tgrelid::regclass), format(' TRIGGER %I', tgname)
FROM pg_trigger WHERE tgfoid = to_regproc('sqm_refuse_change')
"""


@pytest.fixture(autouse=True, scope="session")
def append_only_tables_can_be_flushed() -> Iterator[None]:
    operations = type(connection.ops)
    execute_sql_flush = operations.execute_sql_flush

    def flush_without_guards(self, statements: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(GUARDS)
            guards = cursor.fetchall()
        off = [f"{table} DISABLE {trigger}" for table, trigger in guards]
        on = [f"{table} ENABLE {trigger}" for table, trigger in guards]
        execute_sql_flush(self, [*off, *statements, *on])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", flush_without_guards)
        yield


def tamper(statement: str, *values: object) -> None:
    """Change the log as the owner of its tables could: with the guards off meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table whose checks wait for the end cannot be altered
        cursor.execute(GUARDS)
        guards = cursor.fetchall()
        for table, trigger in guards:
            cursor.execute(f"{table} DISABLE {trigger}")
        cursor.execute(statement, values)
        for table, trigger in guards:
            cursor.execute(f"{table} ENABLE {trigger}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
