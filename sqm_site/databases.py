"""The databases of the service: the one of record, and a copy of it that reports may be read from."""

import warnings
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from sqm_site import timeouts

POSTGRESQL = "django.db.backends.postgresql"
RECORD, REPORTS = "default", "reports"
READ_ONLY = "-c default_transaction_read_only=on"


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
