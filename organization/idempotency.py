"""A POST with an Idempotency-Key is worked once: its answer is stored in the transaction that did the work."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.utils.crypto import salted_hmac

from organization.errors import BadKey, InProgress, KeyReused
from organization.models import StoredAnswer, User
from sqm_site.errors import KEY

KEPT = timedelta(days=7)
MOST_FORGOTTEN = 10_000  # rows of one sweep
LONGEST_KEY = 255  # characters
LOCK_NOT_AVAILABLE = "55P03"  # what PostgreSQL says after lock_timeout


def begin(user: User, key: str, body: Any, *, at: datetime) -> StoredAnswer:
    """The answer given before, or a new row to fill in: `status` is None on a new one.

    user  the account of a client or a person: a key is theirs alone
    To be called in the transaction that does the work. Raises BadKey, KeyReused, and InProgress while the first
    request with this key is still running.
    """
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise BadKey
    written = json.dumps(body, sort_keys=True, ensure_ascii=False)
    digests = {"key_digest": digest(key), "body_digest": keyed_digest(written)}
    try:
        return _claimed(StoredAnswer(user=user, created_at=at, **digests))
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != LOCK_NOT_AVAILABLE:
            raise
        raise InProgress(retry_after=1) from error  # the first one holds the key and is not done yet


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def keyed_digest(written: str) -> str:
    """Of a body: a plain digest of a short one would tell whoever has the table the number or the code in it."""
    return salted_hmac("organization.idempotency", written, secret=settings.INDEX_KEY, algorithm="sha256").hexdigest()


def finish(row: StoredAnswer, *, status: int, body: bytes) -> None:
    row.status, row.body = status, body
    row.save(update_fields=["status", "body"])


def forget_old_answers(*, at: datetime) -> int:
    """Delete answers older than seven days; gives how many. A repeat is then told apart by its external id."""
    old = StoredAnswer.objects.filter(created_at__lt=at - KEPT).order_by("created_at")[:MOST_FORGOTTEN]
    return StoredAnswer.objects.filter(pk__in=old.values("pk")).delete()[0]


def _claimed(row: StoredAnswer) -> StoredAnswer:
    """The new row; or, where the key is taken, the one that has it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        with transaction.atomic():
            return _given(row)
    return row


def _given(row: StoredAnswer) -> StoredAnswer:
    # locked, so that of two that find an old answer at once only one works
    stored = StoredAnswer.objects.select_for_update().get(user=row.user, key_digest=row.key_digest)
    if stored.created_at < row.created_at - KEPT:
        row.pk = stored.pk
        row.save(force_update=True)
        return row
    if stored.body_digest != row.body_digest:
        raise KeyReused
    return stored
