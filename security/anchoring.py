"""Anchors: the newest seal is told outside the database, every minute while there are new ones.

An `Anchor` row waits until a line of the file says it, so a crash loses none. Each host writes the lines that its own
file lacks, so several hosts double none, and each file tells of all.
"""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from security import anchors
from security.models import Anchor, AuditSeal
from security.seals import ANCHOR_EVERY, ANCHOR_LOCK, lock


def anchor_path() -> Path:
    """Where the newest seal is written outside the database: the database's administrator must not write there."""
    return settings.SQM_HOME / "anchor.log"


def anchor(at: datetime, path: Path | None = None, *, every: timedelta = ANCHOR_EVERY) -> bool:
    """Anchor the newest seal, at most once in `every`, and write what waits; False when the file got no line."""
    if new_seal(at, every=every):
        with transaction.atomic(savepoint=False):
            lock(ANCHOR_LOCK, 0)
            if (head := new_seal(at, every=every)) is not None:  # another host was not faster
                Anchor.objects.create(sequence=head.sequence, hash=head.hash, at=at)
    return write_waiting(path or anchor_path(), at) > 0


def new_seal(at: datetime, *, every: timedelta) -> AuditSeal | None:
    """The newest seal, if it is not anchored and the last anchor is old enough."""
    head = AuditSeal.objects.order_by("-sequence").first()
    last = Anchor.objects.order_by("-at").first()
    if head is None or (last and (last.sequence == head.sequence or at - last.at < every)):
        return None
    return head


def write_waiting(path: Path, at: datetime) -> int:
    """Append what this host's file lacks, and let the rows know. Returns the number of lines.

    A file that is not there begins with what waits now: a history that the database tells anew would prove nothing.
    """
    last = anchors.last(path)
    wanted = Q(written_at=None)
    if last is not None:
        wanted |= Anchor.after(last)
    lacking = list(Anchor.objects.filter(wanted).order_by("at", "sequence"))
    if not lacking:
        return 0
    written = anchors.append(path, [anchors.Anchor(row.at, row.sequence, row.hash) for row in lacking])
    Anchor.objects.filter(pk__in=[row.pk for row in lacking], written_at=None).update(written_at=at)
    return written
