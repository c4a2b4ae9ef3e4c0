"""What nobody needs any more: files that nothing named within a day, results of jobs and acts on several cases after
seven, and files of the storage without a row.

A crash between file and row leaves such a file; so does a row that is dropped here. Both are young: the folders of
older days are not looked through, and the sweep takes no longer for a million cases.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.files.storage import Storage
from django.utils import timezone

from complaints.models import Attachment
from complaints.services.bulk import forget_batches
from organization.models import Job
from organization.services import jobs
from sqm_site.clock import database_now
from sqm_site.storing import folders_of, kept_files, names_of
from sqm_site.sweeping import batched

KEPT = timedelta(days=1)
LOOKED_AT = timedelta(days=31)  # how far back: a worker may have stood still
BATCH = 500


def remove_orphans(*, at: datetime | None = None) -> dict[str, int]:
    """Drop what is older than a day, rows first; gives how many of each."""
    before = (at or database_now()) - KEPT
    rows = Attachment.objects.waiting().filter(at__lt=before).delete()[0]
    jobs.forget_files(at=at or database_now())
    forget_batches(at=at or database_now())
    return {"rows": rows, "files": remove_files(kept_files(), before)}


def remove_files(storage: Storage, before: datetime) -> int:
    """Delete the files that are older and have no row. Whoever shares a file locks its row, so none comes meanwhile."""
    since = str(timezone.localdate(before - LOOKED_AT))
    days = (day for day in folders_of(storage) if day >= since)
    names = (name for day in days for name in names_of(storage, f"{day}/"))
    return sum(remove_batch(storage, batch, before) for batch in batched(names, BATCH))


def remove_batch(storage: Storage, batch: Sequence[str], before: datetime) -> int:
    known = set(Attachment.objects.filter(stored__in=batch).values_list("stored", flat=True))
    known.update(Job.objects.exclude(stored="").filter(stored__in=batch).values_list("stored", flat=True))
    removed = 0
    for name in batch:
        if name not in known and storage.get_modified_time(name) < before:
            storage.delete(name)
            removed += 1
    return removed
