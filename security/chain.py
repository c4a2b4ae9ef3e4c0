"""Logs that show when somebody changed them: each row carries the hash of the one before it.

A chain alone does not notice that its newest rows were cut off; `AuditSeal` and the anchor file outside the
database do (services.py). The triggers made here refuse UPDATE, DELETE and TRUNCATE to everybody who may not
disable triggers.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from django.db import migrations, models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

START = "0" * 64  # the hash before the first row
encoded = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
PLAIN = frozenset({str, int, bool, type(None)})  # stays as it is; exact types, no subclasses

REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION sqm_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused. Add a new row that says what changed.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# Row triggers are copied to partitions, which statement triggers are not; TRUNCATE has statement triggers only.
LEVELS = {"update": "ROW", "delete": "ROW", "truncate": "STATEMENT"}


class ChainedRow(models.Model):
    """A row of a hash chain. A concrete model says by a constraint which rows form one chain."""

    sequence = models.PositiveIntegerField(gettext_lazy("sequence"), editable=False)  # 1, 2, 3 ... in its chain
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    class Meta:
        abstract = True

    def payload(self) -> dict[str, Any]:
        """What the hash covers: everything the row states, its place included."""
        raise NotImplementedError

    def follow(self, head: Self | None) -> None:
        """Take the place after `head`, the newest row of the chain. Call it with the chain locked."""
        self.sequence, self.previous_hash = (head.sequence + 1, head.hash) if head else (1, START)
        self.hash = link(self.previous_hash, self.payload())


def plain(value: Any) -> Any:
    """Return `value` as JSON data that PostgreSQL gives back unchanged: store this, and the hash stays true.

    Moments become UTC with microseconds, Decimal and UUID text. Raises TypeError for a float, whose digits
    depend on who prints it, and ValueError for a moment without zone.
    """
    if type(value) is dict:  # first, with moments: most of what imports and sweeps put on record by the thousand
        return {str(key): inner if type(inner) in PLAIN else plain(inner) for key, inner in value.items()}
    match value:
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a moment without time zone cannot be put on record")
            moment = value if value.tzinfo is UTC else value.astimezone(UTC)
            return moment.isoformat(timespec="microseconds")
        case None | bool() | int() | str():
            return value
        case date() | Decimal() | UUID() | Promise():
            return str(value)
        case dict():
            return {str(key): inner if type(inner) in PLAIN else plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} cannot be put on record; give text, whole numbers, Decimal or moments")


def canonical(payload: dict[str, Any]) -> bytes:
    """Return the one byte form of `payload`: sorted keys, no spaces, UTF-8. Raises as `plain` does."""
    return encoded(plain(payload)).encode()


def link(previous: str, payload: dict[str, Any]) -> str:
    """Return the hash of a row (hex SHA-256) that follows the row with hash `previous`."""
    return hashlib.sha256(previous.encode() + canonical(payload)).hexdigest()


def text_digest(text: str, salt: str) -> str:
    """Return what an event keeps of somebody's words: says nothing once the text and its salt are deleted."""
    return hmac.digest(salt.encode(), text.encode(), "sha256").hex()


def verify_chain(rows: Iterable[Any], payload_of: Callable[[Any], dict[str, Any]]) -> list[str]:
    """Return a sentence for the first row that does not follow the one before it, or nothing.

    rows  the whole chain, ordered by sequence. After the first bad row nothing can be said about the rest.
    """
    previous, expected = START, 1
    for row in rows:
        if row.sequence != expected:
            return [_("row {expected} is missing; {found} comes next").format(expected=expected, found=row.sequence)]
        if row.previous_hash != previous:
            return [_("row {sequence} does not follow the row before it").format(sequence=row.sequence)]
        if row.hash != link(previous, payload_of(row)):
            return [_("row {sequence} was changed").format(sequence=row.sequence)]
        previous, expected = row.hash, expected + 1
    return []


def append_only_operations(table: str) -> list[migrations.RunSQL]:
    """Return migration operations after which PostgreSQL refuses UPDATE, DELETE and TRUNCATE on `table`."""
    # other tables use the function too: it stays when one table's triggers go
    operations = [migrations.RunSQL(REFUSE_CHANGE, migrations.RunSQL.noop)]
    for verb, level in LEVELS.items():
        trigger = f'TRIGGER "{table}_no_{verb}"'
        operations.append(
            migrations.RunSQL(
                f'CREATE {trigger} BEFORE {verb.upper()} ON "{table}"'
                f" FOR EACH {level} EXECUTE FUNCTION sqm_refuse_change()",
                f'DROP {trigger} ON "{table}"',
            )
        )
    return operations
