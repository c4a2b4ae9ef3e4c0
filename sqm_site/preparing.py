"""Statements of the hot path, prepared once a connection: planning them takes PostgreSQL longer than running them.

A prepared statement belongs to its session, so a pooler in front of PostgreSQL must pool sessions, not transactions.
"""

from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections

# Of each connection of the driver: the statements it has prepared, and how they are executed
PREPARED: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def prepared(statement: str) -> str:
    """Return what executes the statement by name on this connection, with the same values.

    statement  values as %s and no other percent sign; its text must not depend on the values, since each text is kept
    """
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    known = PREPARED.setdefault(connection.connection, {})
    if statement not in known:
        name, places = f"sqm_{len(known)}", statement.count("%s")
        numbered = statement % tuple(f"${number}" for number in range(1, places + 1))
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {numbered}")
        known[statement] = f"EXECUTE {name} ({', '.join(['%s'] * places)})"
    return known[statement]
