"""Seals over the append-only logs: digests of their newest rows, in one chain whose head is anchored outside."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from security.chain import ChainedRow, canonical
from security.models import AuditRow, AuditSeal

AUDIT = "audit"  # the log name under which AuditRow is sealed
AUDIT_OVERLAP = timedelta(minutes=10)  # longer than any transaction that writes an AuditRow
ANCHOR_EVERY = timedelta(minutes=1)
Key = tuple[int, int]  # of a row in a log: its chain (a case, an actor), and its place in it
Hashed = tuple[int, int, str]  # a key, and the hash of the row
# first half of the advisory lock keys; the second is the actor, or 0 for the one chain of seals and for its anchors
AUDIT_LOCK, SEAL_LOCK, ANCHOR_LOCK = 0x53514D01, 0x53514D02, 0x53514D03


@transaction.atomic(savepoint=False)
def seal(reader: str, rows: Iterable[Hashed], at: datetime) -> AuditSeal:
    """Seal rows of the log that `reader` reads. At least one row."""
    sealed = sorted(rows)
    lock(SEAL_LOCK, 0)
    new = AuditSeal(
        reader=reader,
        count=len(sealed),
        chains=[chain for chain, _sequence, _hash in sealed],
        sequences=[sequence for _chain, sequence, _hash in sealed],
        digest=digest_of(sealed),
        at=at,
    )
    new.follow(AuditSeal.objects.order_by("-sequence").first())
    new.save(force_insert=True)
    return new


def seal_audit_heads(at: datetime, *, every: timedelta = ANCHOR_EVERY) -> AuditSeal | None:
    """Seal the newest AuditRow of everybody who left one since the last such seal, at most once in `every`."""
    last = AuditSeal.objects.filter(reader=AUDIT).order_by("-sequence").first()
    if last and at - last.at < every:
        return None
    rows = AuditRow.objects.filter(at__gte=last.at - AUDIT_OVERLAP) if last else AuditRow.objects.all()
    heads = sorted(
        rows.order_by("actor_id", "-sequence").distinct("actor_id").values_list("actor_id", "sequence", "hash")
    )
    if not heads or (last and last.digest == digest_of(heads)):
        return None
    return seal(AUDIT, heads, at)


def rows_by_key(model: type[ChainedRow], chain: str, keys: list[Key]) -> list[Hashed]:
    """Those of the rows that exist. One statement, by the index on (chain, sequence).

    chain  the column that says to which chain a row belongs
    """
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {chain}, sequence, hash FROM unnest(%s::bigint[], %s::int[]) AS key ({chain}, sequence)"
            f" JOIN {table} USING ({chain}, sequence)",
            [[one for one, _sequence in keys], [sequence for _one, sequence in keys]],
        )
        return list(cursor.fetchall())


def digest_of(rows: Iterable[Hashed]) -> str:
    return hashlib.sha256(canonical({"rows": list(rows)})).hexdigest()


def lock(chain: int, owner: int) -> None:
    """Wait for, and hold until the transaction ends, the right to add to one chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [chain, owner])
