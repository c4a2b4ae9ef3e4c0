"""Reports read a copy of the database where there is one, and say how old it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connections

from sqm_site.databases import RECORD, REPORTS

TOLD = frozenset({"quality", "complaints"})  # the rooms whose tables reports are made of
LAST_COPIED = "SELECT pg_last_xact_replay_timestamp()"
READING_REPORTS: ContextVar[bool] = ContextVar("reading reports", default=False)


@contextmanager
def reading_reports() -> Iterator[None]:
    """What is read meanwhile of cases and figures may be some seconds old. Nothing that decides is read here."""
    before = READING_REPORTS.set(True)
    try:
        yield
    finally:
        READING_REPORTS.reset(before)


class ReportsFromTheCopy:
    """Router of a service with a copy: reports are read from it, and everything else, and every write, as ever.

    People, rights and units are read from the database of record by reports, too.
    """

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return REPORTS if READING_REPORTS.get() and model._meta.app_label in TOLD else RECORD

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return RECORD

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True  # both hold the same rows

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == RECORD


def copied_until() -> datetime | None:
    """When what the copy shows last was committed; None: reports are read from the database of record."""
    if REPORTS not in connections.settings:
        return None
    with connections[REPORTS].cursor() as cursor:
        cursor.execute(LAST_COPIED)
        (moment,) = cursor.fetchone()
    found: datetime | None = moment
    return found
