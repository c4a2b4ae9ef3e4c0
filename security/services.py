"""The verbs of the audit log: open a sealed value, put an act on record, seal, anchor, verify."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from security import anchors
from security.chain import ChainedRow, canonical, plain, verify_chain
from security.errors import ReasonMissing
from security.fields import Sealed
from security.models import AuditRow, AuditSeal
from security.redaction import redact
from security.sealing import unseal

AUDIT = "audit"  # the log name under which AuditRow is sealed
AUDIT_OVERLAP = timedelta(minutes=10)  # longer than any transaction that writes an AuditRow
ANCHOR_EVERY = timedelta(minutes=10)
SEALS_AT_ONCE = 500
Key = tuple[int, int]  # of a row in a log: its chain (a case, an actor), and its place in it
Hashed = tuple[int, int, str]  # a key, and the hash of the row
# first half of the advisory lock keys; the second is the actor, or 0 for the one chain of seals
AUDIT_LOCK, SEAL_LOCK = 0x53514D01, 0x53514D02


def reveal(sealed: Sealed, *, actor: AbstractBaseUser, reason: str, at: datetime, known: Iterable[str] = ()) -> str:
    """Return the plain value, and put on record who saw it and why ("" for an empty value, without a record).

    Raises ReasonMissing when the reason has no letter or digit, WrongKey when the value does not open.
    """
    if not any(sign.isalnum() for sign in reason):
        raise ReasonMissing()
    if not sealed.present:
        return ""
    value = unseal(sealed.token, row=sealed.row, field=sealed.field)
    owner = sealed.owner
    subject = f"{owner._meta.model_name}:{owner.pk}"
    details = {"field": sealed.field}
    record("reveal", actor=actor, subject=subject, at=at, reason=reason, known=known, details=details)
    return value


def record_read(subject: str, *, actor: AbstractBaseUser, at: datetime, reason: str = "") -> AuditRow:
    """Put on record that somebody opened a page or a file with personal data."""
    return record("read", actor=actor, subject=subject, at=at, reason=reason)


@transaction.atomic(savepoint=False)
def record(
    verb: str,
    *,
    actor: AbstractBaseUser,
    subject: str,
    at: datetime,
    reason: str = "",
    known: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
) -> AuditRow:
    """Add a row to the actor's chain, in the caller's transaction if there is one. Reasons are redacted.

    known  names and numbers of the people it is about, which no pattern would find in the reason
    The actor's next record waits until that transaction ends.
    """
    _lock(AUDIT_LOCK, actor.pk)
    row = AuditRow(
        actor_id=actor.pk,
        verb=verb,
        subject=subject,
        at=at,
        reason=redact(reason, known),
        details=plain(dict(details or {})),
    )
    row.follow(AuditRow.objects.filter(actor_id=actor.pk).order_by("-sequence").first())
    row.save(force_insert=True)
    return row


@transaction.atomic(savepoint=False)
def seal(reader: str, rows: Iterable[Hashed], at: datetime) -> AuditSeal:
    """Seal rows of the log that `reader` reads. At least one row."""
    sealed = sorted(rows)
    _lock(SEAL_LOCK, 0)
    new = AuditSeal(
        reader=reader,
        count=len(sealed),
        chains=[chain for chain, _sequence, _hash in sealed],
        sequences=[sequence for _chain, sequence, _hash in sealed],
        digest=_digest(sealed),
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
    if not heads or (last and last.digest == _digest(heads)):
        return None
    return seal(AUDIT, heads, at)


def anchor_path() -> Path:
    """Where the newest seal is written outside the database: the database's administrator must not write there."""
    return settings.SQM_HOME / "anchor.log"


def anchor(at: datetime, path: Path | None = None, *, every: timedelta = ANCHOR_EVERY) -> bool:
    """Append the newest seal to the anchor file, at most once in `every`; False when nothing was added."""
    path = path or anchor_path()
    head = AuditSeal.objects.order_by("-sequence").first()
    last = anchors.last(path)
    if head is None or (last and (last.sequence == head.sequence or at - last.at < every)):
        return False
    anchors.append(path, anchors.Anchor(at, head.sequence, head.hash))
    return True


def verify_audit() -> list[str]:
    """Return a sentence for everything that was changed or removed in the audit log and the seals."""
    return [*verify_audit_rows(), *verify_seals(anchor_path())]


def verify_audit_rows() -> list[str]:
    """Check the chain of every actor, and every AuditRow that was sealed."""
    problems = []
    rows = AuditRow.objects.order_by("actor_id", "sequence").iterator()
    for actor_id, chain in groupby(rows, key=lambda row: row.actor_id):
        found = verify_chain(chain, AuditRow.payload)
        problems += [_("audit log of user {user}: {problem}").format(user=actor_id, problem=one) for one in found]
    return problems + verify_sealed(AUDIT, _audit_rows)


def verify_seals(path: Path) -> list[str]:
    """Check the chain of seals, and that every seal named in the anchor file is still there, unchanged."""
    broken = verify_chain(AuditSeal.objects.order_by("sequence").iterator(), AuditSeal.payload)
    problems = [_("seals: {problem}").format(problem=one) for one in broken]
    hashes = dict(AuditSeal.objects.values_list("sequence", "hash"))
    if not path.exists():
        missing = _("the anchor file {path} is missing: nobody can tell whether the newest rows were cut off")
        return [*problems, missing.format(path=path)] if hashes else problems
    found = anchors.read(path)
    if found.damaged:
        problems.append(_("the anchor file {path} has lines that cannot be read").format(path=path))
    if found.torn:
        said = _("the last line of the anchor file {path} was torn off; the next anchor closes it")
        problems.append(said.format(path=path))
    for one in found.anchors:
        if hashes.get(one.sequence) != one.hash:
            said = _("seal {sequence}, anchored at {moment}, is gone: rows were cut off, or an old backup restored")
            problems.append(said.format(sequence=one.sequence, moment=one.at.isoformat()))
    return problems


def verify_sealed(reader: str, rows_of: Callable[[list[Key]], Iterable[Hashed]]) -> list[str]:
    """Compare the seals of one log with its rows. `rows_of` gives those of the keys that exist."""
    problems = []
    seals = AuditSeal.objects.filter(reader=reader).order_by("sequence").iterator()
    while batch := list(islice(seals, SEALS_AT_ONCE)):
        found = rows_of([key for one in batch for key in one.rows])
        hashes = {(chain, sequence): digest for chain, sequence, digest in found}
        problems += [problem for one in batch if (problem := _broken(one, hashes))]
    return problems


def _audit_rows(keys: list[Key]) -> list[Hashed]:
    return rows_by_key(AuditRow, "actor_id", keys)


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


def _broken(sealed: AuditSeal, hashes: Mapping[Key, str]) -> str:
    gone = [f"{chain}/{sequence}" for chain, sequence in sealed.rows if (chain, sequence) not in hashes]
    if gone:
        said = _("log {log}: sealed rows are gone (seal {sequence}): {rows}")
        return said.format(log=sealed.reader, sequence=sealed.sequence, rows=", ".join(gone[:10]))
    if sealed.digest == _digest((*key, hashes[key]) for key in sealed.rows):
        return ""
    said = _("log {log}: sealed rows among {first} to {last} were changed (seal {sequence})")
    first, last = ("/".join(map(str, key)) for key in (sealed.rows[0], sealed.rows[-1]))
    return said.format(log=sealed.reader, sequence=sealed.sequence, first=first, last=last)


def _digest(rows: Iterable[Hashed]) -> str:
    return hashlib.sha256(canonical({"rows": list(rows)})).hexdigest()


def _lock(chain: int, owner: int) -> None:
    """Wait for, and hold until the transaction ends, the right to add to one chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [chain, owner])
