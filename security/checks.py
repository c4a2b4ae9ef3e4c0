"""Refuse to run with keys that do not work, and say which one and what to write instead."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from security.keycheck import key_faults
from security.scanning import place_of
from security.sealing import decode_key, key_ring, sealing_box

KEY_HINT = "Make a key with: python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
HERE = {"", "localhost", "127.0.0.1", "::1"}
MAY_DISABLE_TRIGGERS = """
SELECT rolsuper OR pg_has_role(relowner, 'USAGE')
FROM pg_roles, pg_class WHERE rolname = current_user AND pg_class.oid = to_regclass('security_auditrow')
"""


def keys_are_usable(**options: Any) -> list[CheckMessage]:
    """security.E001 SEAL_KEYS or SEAL_ALGORITHM; security.E002 INDEX_KEY; security.E003 one key for both."""
    problems: list[CheckMessage] = []
    try:
        sealing_box()
    except ImproperlyConfigured as error:
        problems.append(Error(str(error), hint=KEY_HINT, id="security.E001"))
    try:
        index_key = decode_key(settings.INDEX_KEY, setting="INDEX_KEY")
    except ImproperlyConfigured as error:
        problems.append(Error(str(error), hint=KEY_HINT, id="security.E002"))
    if not problems and index_key in key_ring().values():
        said = "INDEX_KEY is also in SEAL_KEYS: one leak would open both the values and their index."
        problems.append(Error(said, hint=KEY_HINT, id="security.E003"))
    return problems


def role_cannot_disable_triggers(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """security.W001: in production, the role that serves requests owns the append-only tables."""
    if not settings.PRODUCTION or not databases:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(MAY_DISABLE_TRIGGERS)
        row = cursor.fetchone()
    if not row or not row[0]:
        return []
    return [
        Warning(
            "The database role of this process may switch off the triggers that protect the audit log.",
            hint="Run `migrate` as the owner of the tables, and the rest as a role that only has rights on them.",
            id="security.W001",
        )
    ]


def anchor_lies_elsewhere(**options: Any) -> list[CheckMessage]:
    """security.W002: in production, the anchor file is written on the machine of the database."""
    host = str(settings.DATABASES["default"].get("HOST") or "")
    if not settings.PRODUCTION or not (host.startswith("/") or host in HERE):
        return []
    return [
        Warning(
            "The anchor of the audit log is written on the machine of the database: its administrator can change both.",
            hint="Run the workers on another host, or copy anchor.log each minute to where it can only grow.",
            id="security.W002",
        )
    ]


def scanner_is_there(**options: Any) -> list[CheckMessage]:
    """security.E005: SCANNER cannot be read; security.W003: in production there is none."""
    hint = "Write clamd:unix:/run/clamav/clamd.ctl or clamd:tcp:host:3310, and set AlertExceedsMax yes in clamd.conf."
    if settings.SCANNER and place_of(settings.SCANNER) is None:
        return [Error("SCANNER is no address of a scanner.", hint=hint, id="security.E005")]
    if settings.SCANNER or not settings.PRODUCTION:
        return []
    said = "Files whose kind cannot act are given out unscanned; Word, Excel and PDF that acts stay in quarantine."
    return [Warning(said, hint=f"Set SCANNER. {hint}", id="security.W003")]


def keys_fit_the_database(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """security.E004: the keys are not those with which the database was written; also outside production."""
    if not databases:
        return []
    try:
        found = key_faults()
    except ImproperlyConfigured:
        return []  # E001 or E002 says it
    hint = "Set SEAL_KEYS and INDEX_KEY to the keys kept with this database, or restore its secrets.json."
    return [Error(fault, hint=hint, id="security.E004") for fault in found]
