"""The verbs of the audit log: open a sealed value, put an act on record, seal, anchor, verify."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from security.anchoring import anchor, anchor_path
from security.chain import plain
from security.errors import ReasonMissing
from security.fields import Sealed
from security.models import AuditRow
from security.redaction import redact
from security.sealing import unseal
from security.seals import ANCHOR_EVERY, AUDIT, AUDIT_LOCK, Hashed, Key, lock, rows_by_key, seal, seal_audit_heads
from security.verifying import verify_audit, verify_audit_rows, verify_sealed, verify_seals

__all__ = [
    "ANCHOR_EVERY",
    "AUDIT",
    "Hashed",
    "Key",
    "anchor",
    "anchor_path",
    "record",
    "record_read",
    "reveal",
    "rows_by_key",
    "seal",
    "seal_audit_heads",
    "verify_audit",
    "verify_audit_rows",
    "verify_sealed",
    "verify_seals",
]


def reveal(
    sealed: Sealed,
    *,
    actor: AbstractBaseUser,
    reason: str,
    at: datetime,
    known: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
) -> str:
    """Return the plain value, and put on record who saw it and why ("" for an empty value, without a record).

    details  codes and ids of where it was seen, such as the reference of the case
    Raises ReasonMissing when the reason has no letter or digit, WrongKey when the value does not open.
    """
    if not any(sign.isalnum() for sign in reason):
        raise ReasonMissing()
    if not sealed.present:
        return ""
    value = unseal(sealed.token, row=sealed.row, field=sealed.field)
    owner = sealed.owner
    subject = f"{owner._meta.model_name}:{owner.pk}"
    seen = {**(details or {}), "field": sealed.field}
    record("reveal", actor=actor, subject=subject, at=at, reason=reason, known=known, details=seen)
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
    lock(AUDIT_LOCK, actor.pk)
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
