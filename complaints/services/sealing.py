"""The `seal` reader of the event log: new event hashes go into the chain whose head is anchored outside."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from complaints.models import CaseEvent, Unread
from complaints.services.readers import leave_unread, unread_by
from security import services as security
from sqm_site.clock import database_now
from sqm_site.sweeping import sweep

NAME = "seal new events"
READER = "seal"
BATCH = 5_000


def seal_unread(*, at: datetime | None = None) -> int:
    """Seal what is unread, a batch a transaction; gives the number of events sealed."""
    done = sweep(
        NAME,
        unread_by(READER, BATCH),
        work=lambda ids: seal_batch(ids, at=at or database_now()),
        isolate=lambda unread_id, _error: leave_unread(unread_id),
    )
    return done["events"]


@transaction.atomic
def seal_batch(unread_ids: Sequence[int], *, at: datetime) -> dict[str, int]:
    rows = list(Unread.objects.filter(pk__in=unread_ids).order_by("id").select_for_update(skip_locked=True))
    if not rows:
        return {}
    keys = [(row.case_id, row.sequence) for row in rows]
    security.seal(READER, security.rows_by_key(CaseEvent, "case_id", keys), at=at)
    Unread.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return {"events": len(rows)}
