"""The `seal` reader of the event log: new event hashes go into the chain whose head is anchored outside."""

from datetime import datetime

from django.db import transaction

from complaints.models import CaseEvent, Unread
from security import services as security
from sqm_site.clock import database_now

READER = "seal"
BATCH = 5_000


def seal_unread(*, at: datetime | None = None) -> int:
    """Seal what is unread, a batch a transaction; gives the number of events sealed."""
    sealed = 0
    while count := seal_batch(at=at or database_now()):
        sealed += count
        if count < BATCH:
            break
    return sealed


@transaction.atomic
def seal_batch(*, at: datetime) -> int:
    rows = list(Unread.objects.filter(reader=READER).order_by("id").select_for_update(skip_locked=True)[:BATCH])
    if not rows:
        return 0
    keys = [(row.case_id, row.sequence) for row in rows]
    security.seal(READER, security.rows_by_key(CaseEvent, "case_id", keys), at=at)
    Unread.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
