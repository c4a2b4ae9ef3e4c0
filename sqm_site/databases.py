"""The databases of the service: the one of record, and a copy of it that reports may be read from."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from sqm_site import timeouts

POSTGRESQL = "django.db.backends.postgresql"
RECORD, REPORTS = "default", "reports"
READ_ONLY = "-c default_transaction_read_only=on"
TOLD = frozenset({"quality", "complaints"})  # the rooms whose tables reports are made of


def database(name: str, url: str, limits: str = "") -> dict[str, Any]:
    """How Django connects to the database at an address. name: the setting that holds it

    limits  of the sessions, beside how long the database lets a process wait
    Raises ImproperlyConfigured for what is no address of a PostgreSQL database.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a scheme it does not know
        try:
            found = environ.Env.db_url_config(url)
        except ValueError:
            found = {}
    if found.get("ENGINE") != POSTGRESQL or not found.get("NAME"):
        raise ImproperlyConfigured(f"{name}: not a database address. Write postgres://user:password@host:5432/name.")
    options = {"connect_timeout": 3, "options": f"{timeouts.options()} {limits}".rstrip()}
    return found | {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": found.get("OPTIONS", {}) | options,
    }


def databases(record: str, reports: str = "") -> dict[str, dict[str, Any]]:
    """The DATABASES of the settings. reports: the address of a read replica; empty: there is none"""
    found = {RECORD: database("DATABASE_URL", record)}
    return found | ({REPORTS: database("REPORTS_DATABASE_URL", reports, READ_ONLY)} if reports else {})


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
