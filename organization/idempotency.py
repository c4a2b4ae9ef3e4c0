"""A POST with an Idempotency-Key is worked once: its answer is stored in the transaction that did the work."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction

from organization.errors import BadKey, InProgress, KeyReused
from organization.models import ApiClient, StoredAnswer

KEPT = timedelta(days=7)


def begin(client: ApiClient, key: str, body: Any, *, at: datetime) -> StoredAnswer:
    """The answer given before, or a new row to fill in: `status` is None on a new one.

    To be called in the transaction that does the work. Raises BadKey, KeyReused, and InProgress while the first
    request with this key is still running.
    """
    if not key or len(key) > 255 or not key.isascii() or not key.isprintable():
        raise BadKey
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    row = StoredAnswer(client=client, key=key, body_digest=digest, created_at=at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return _given(client, key, digest, at=at)
    except OperationalError as error:  # the first one holds the key and did not finish within lock_timeout
        raise InProgress from error
    return row


def finish(row: StoredAnswer, *, status: int, body: bytes) -> None:
    row.status, row.body = status, body
    row.save(update_fields=["status", "body"])


def _given(client: ApiClient, key: str, digest: str, *, at: datetime) -> StoredAnswer:
    stored = StoredAnswer.objects.get(client=client, key=key)
    if stored.created_at < at - KEPT:
        stored.body_digest, stored.status, stored.body, stored.created_at = digest, None, b"", at
        stored.save()
        return stored
    if stored.body_digest != digest:
        raise KeyReused
    return stored
