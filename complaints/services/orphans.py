"""What nobody needs any more: files that nothing named within a day, and files of the storage without a row.

A crash between file and row leaves such a file; so does a row that is dropped here.
"""

from datetime import datetime, timedelta

from django.core.files.storage import Storage

from complaints.models import Attachment
from sqm_site.clock import database_now
from sqm_site.storing import kept_files, names_of

KEPT = timedelta(days=1)
BATCH = 500


def remove_orphans(*, at: datetime | None = None) -> dict[str, int]:
    """Drop what is older than a day, rows first; gives how many of each."""
    before = (at or database_now()) - KEPT
    rows = Attachment.objects.waiting().filter(at__lt=before).delete()[0]
    return {"rows": rows, "files": remove_files(kept_files(), before)}


def remove_files(storage: Storage, before: datetime) -> int:
    """Delete the files that are older and have no row. Whoever shares a file locks its row, so none comes meanwhile."""
    removed, batch = 0, list[str]()
    for name in names_of(storage):
        batch.append(name)
        if len(batch) >= BATCH:
            removed, batch = removed + remove_batch(storage, batch, before), []
    return removed + remove_batch(storage, batch, before)


def remove_batch(storage: Storage, batch: list[str], before: datetime) -> int:
    known = set(Attachment.objects.filter(stored__in=batch).values_list("stored", flat=True))
    removed = 0
    for name in batch:
        if name not in known and storage.get_modified_time(name) < before:
            storage.delete(name)
            removed += 1
    return removed
