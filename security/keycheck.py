"""Does this process hold the keys with which the database was written? Told before known customers are made anew.

`setup` stores a digest of each key; `check`, `up` and /readyz compare.
"""

import hmac
from collections.abc import Mapping
from typing import cast

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from security.sealing import decode_key, key_ring, ring_of

# Plain SQL, because checks are asked before the models are loaded and before the first migration.
TABLE_EXISTS = "SELECT to_regclass('security_keycheck') IS NOT NULL"
IN_USE = "SELECT name, value FROM security_keycheck WHERE retired_at IS NULL"
INDEX = "index"
SEAL = "seal:"


def values_of(index_key: bytes, ring: Mapping[str, bytes]) -> dict[str, str]:
    """Return the check value of each key by its name. A key is 32 random bytes: its digest gives nothing away."""
    keys = {INDEX: index_key, **{f"{SEAL}{key_id}": key for key_id, key in ring.items()}}
    return {name: hmac.digest(key, f"sqm key check {name}".encode(), "sha256").hex() for name, key in keys.items()}


def values_of_settings(index_key: str, seal_keys: list[str]) -> dict[str, str]:
    """Return the check values of keys as the settings write them. Raises ImproperlyConfigured."""
    return values_of(decode_key(index_key, setting="INDEX_KEY"), ring_of(seal_keys))


def own_values() -> dict[str, str]:
    """Return the check values of the keys in the settings. Raises ImproperlyConfigured."""
    return values_of(decode_key(cast(str, settings.INDEX_KEY), setting="INDEX_KEY"), key_ring())


def faults(stored: Mapping[str, str], own: Mapping[str, str]) -> list[str]:
    """Return a sentence for each key in use that is missing or another one."""
    found = []
    for name, value in sorted(stored.items()):
        if name == INDEX and own.get(name) != value:
            found.append(_("INDEX_KEY is not the key of this database: known customers would be made anew."))
        elif name not in own:
            said = _("SEAL_KEYS lacks key {key} of this database: what it sealed cannot be opened.")
            found.append(said.format(key=name.removeprefix(SEAL)))
        elif own[name] != value:
            said = _("Key {key} of SEAL_KEYS is not the key of this database: what it sealed cannot be opened.")
            found.append(said.format(key=name.removeprefix(SEAL)))
    return found


def in_use() -> dict[str, str]:
    """Return the check values of the keys with which something may be written; none before the first `setup`."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE_EXISTS)
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(IN_USE)
        return dict(cursor.fetchall())


def key_faults() -> list[str]:
    """Compare the keys of this process with those of the database."""
    return faults(stored, own_values()) if (stored := in_use()) else []


def readiness() -> str:
    """Answer /readyz: "ready", or what is wrong."""
    return " ".join(key_faults()) or "ready"
