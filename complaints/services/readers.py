"""Readers of the log: each claims what it has not read, works on it and deletes it in the same transaction."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from complaints.models import Unread
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY


def unread_by(reader: str, batch: int) -> Iterator[list[int]]:
    """What waits for a reader, as ids, `batch` at a time, oldest first and without locks.

    What comes a second time is in other hands: the next tick looks again.
    """
    before: list[int] = []
    while True:
        waiting = Unread.objects.filter(Q(retry_at=None) | Q(retry_at__lte=database_now()), reader=reader)
        ids = list(waiting.order_by("id").values_list("id", flat=True)[:batch])
        if not ids or ids == before:
            break
        yield ids
        before = ids


def leave_unread(unread_id: int) -> datetime:
    """Put aside an event that its reader cannot work on. Returns until when."""
    retry_at = database_now() + RETRY
    Unread.objects.filter(pk=unread_id).update(retry_at=retry_at)
    return retry_at
