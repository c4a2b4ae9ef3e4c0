"""Work that one process at a time does, whichever it is, and what waits for whom."""

import contextlib
from collections.abc import Iterator

from django.db import connection


@contextlib.contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Tell whether nobody else is in the block of this name; who is not alone has nothing to do there.

    An advisory lock of the session, so that it outlasts transactions and ends with the process.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        alone: bool = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def hold_until_commit(name: str) -> None:
    """Wait for whoever holds this name, then hold it: for what has no row yet that could be locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
