"""Who opened what. The door leaves one row, in one statement; a sweep puts it into the audit log.

One record stands for a person, a subject and a calendar day: an inquiry asks who saw a case and when they first did,
while a page that is looked at, acted on and reloaded would write the same fifty times a day. Programs poll, so of them
it stands for a month. Every single request is in the log lines (sqm_site.requestlog).

Written directly, a record would lock the chain of its actor and take four statements of a page. A row here is a part of
the page's work too: what cannot be written is not shown.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from security.models import Opening
from security.services import record_read
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY, sweep

NAME = "record openings"
BATCH = 50  # the chains of a batch are locked until it is written
MOST_FORGOTTEN = 10_000  # rows of one run
MOST_REMEMBERED = 50_000  # some megabytes
LEAVE = f"""
INSERT INTO {Opening._meta.db_table} (actor_id, subject, day, at, recorded) VALUES (%s, %s, %s, %s, false)
ON CONFLICT (actor_id, subject, day) DO NOTHING
"""
_left: set[tuple[int, str, date]] = set()  # by this process, or seen by it to be there


def opened(subject: str, *, actor: AbstractBaseUser, at: datetime, monthly: bool = False) -> None:
    """Somebody opens a page or a file with personal data. One statement, none where this process knows of it.

    monthly  one record stands for the calendar month, not for the day
    """
    day = timezone.localdate(at)
    key = (actor.pk, subject, day.replace(day=1) if monthly else day)
    if key in _left:
        return
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, [*key, at])
    transaction.on_commit(lambda: remember(key))


def remember(key: tuple[int, str, date]) -> None:
    if len(_left) >= MOST_REMEMBERED:
        _left.clear()  # yesterday's; what is still true costs a statement once more
    _left.add(key)


def record_openings() -> int:
    """Put into the audit log what waits for it; gives how many."""
    return sweep(NAME, waiting(), work=record_batch, isolate=leave_alone)["openings"]


def waiting() -> Iterator[Sequence[int]]:
    last, at = 0, database_now()
    rows = Opening.objects.filter(Q(retry_at=None) | Q(retry_at__lte=at), recorded=False).order_by("pk")
    while batch := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


@transaction.atomic
def record_batch(ids: Sequence[int]) -> dict[str, int]:
    found = Opening.objects.filter(pk__in=ids, recorded=False).select_related("actor")
    # by actor: two sweeps at once take the locks of the chains in one order
    rows = list(found.order_by("actor_id", "pk").select_for_update(of=("self",), skip_locked=True))
    for row in rows:
        record_read(row.subject, actor=row.actor, at=row.at)
    Opening.objects.filter(pk__in=[row.pk for row in rows]).update(recorded=True, retry_at=None)
    return {"openings": len(rows)}


def leave_alone(opening_id: int, _error: Exception) -> datetime:
    until = database_now() + RETRY
    Opening.objects.filter(pk=opening_id).update(retry_at=until)
    return until


def forget_openings(*, at: datetime) -> int:
    """Delete what was recorded in earlier months; gives how many. The audit log keeps it."""
    old = Opening.objects.filter(recorded=True, day__lt=timezone.localdate(at).replace(day=1))
    return Opening.objects.filter(pk__in=old.values("pk")[:MOST_FORGOTTEN]).delete()[0]
