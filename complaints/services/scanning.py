"""The sweep that has files looked through: what waits, and what was given out unscanned before there was a scanner.

A file of a case gets its verdict by an event of the case, so that the log proves who might open it since when.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from complaints.act import Act, Writing
from complaints.locks import AT_HAND
from complaints.models import Attachment, Case
from complaints.services.attaching import digest_of
from complaints.services.downloading import content_of
from complaints.verbs import system
from organization.models import User
from security.errors import DamagedFile
from security.scanning import Found, ScannerDown, pings, scan
from sqm_site.clock import database_now
from sqm_site.locking import only_one
from sqm_site.sweeping import RETRY, sweep

NAME = "scan attachments"
MOST = 200  # files of one tick: then the others of the queue have their turn
AGAIN = timedelta(minutes=5)  # after that a file is tried once more that the scanner did not answer for
LATE = timedelta(minutes=10)  # so long a file waits before it is an alarm
State = Attachment.State


def scan_waiting(*, at: datetime | None = None) -> int:
    """Have the files looked through that wait for it, oldest first, and return how many were.

    Nothing is done where there is no scanner, where it does not answer, or while another process is at it: the next
    tick asks again.
    """
    if not settings.SCANNER or not pings():
        return 0
    moment = at or database_now()
    with only_one(NAME) as alone:
        if not alone:
            return 0
        return sweep(NAME, waiting(moment), work=lambda keys: look_through(keys, at=moment), isolate=put_aside)["files"]


def alarm() -> str:
    """Answer /readyz: "ready", or since when files wait for a scanner that should have seen them."""
    if not settings.SCANNER:
        return "ready"
    late = Attachment.objects.filter(state=State.RECEIVED, at__lt=database_now() - LATE)
    oldest = late.order_by("pk").values_list("at", flat=True).first()
    if oldest is None:
        return "ready"
    return f"files wait for the scanner since {timezone.localtime(oldest).isoformat('T', 'minutes')}"


def waiting(at: datetime) -> Iterator[Sequence[int]]:
    """One file at a time, oldest first; the end comes where the scanner falls silent."""
    rows = Attachment.objects.filter(Q(retry_at=None) | Q(retry_at__lte=at))
    keys = rows.filter(state__in=[State.RECEIVED, State.UNSCANNED]).order_by("pk").values_list("pk", flat=True)
    for key in keys[:MOST]:
        yield [key]
        if Attachment.objects.filter(pk=key, retry_at__gt=at).exists():
            return


def look_through(keys: Sequence[int], *, at: datetime) -> dict[str, int]:
    """Scan first, with nothing locked; then write the verdict, for every row that shares the file."""
    row = Attachment.objects.filter(pk__in=keys, state__in=[State.RECEIVED, State.UNSCANNED]).first()
    if row is None:
        return {}
    try:
        found = scan(content_of(row))
    except ScannerDown:
        put_aside(row.pk, at=at)
        return {}
    except DamagedFile:
        found = Found("file unreadable", looked=False)
    same = Attachment.objects.filter(stored=row.stored, state__in=[State.RECEIVED, State.UNSCANNED])
    for pk, case in same.order_by("pk").values_list("pk", "case"):
        judge(pk, case, found, at=at)
    return {"files": 1}


@transaction.atomic
def judge(key: int, case_key: int | None, found: Found, *, at: datetime) -> None:
    """Write the verdict on one row; of a file that was named meanwhile the next tick does."""
    case = None
    if case_key is not None:
        case = Case.objects.select_for_update(of=("self",)).select_related(*AT_HAND).get(pk=case_key)
    rows = Attachment.objects.select_for_update().filter(pk=key, case=case_key)
    row = rows.filter(state__in=[State.RECEIVED, State.UNSCANNED]).first()
    if row is None:
        return
    row.state, row.finding, row.scanned_at = state_after(found), found.name, at
    if case is None:
        row.save(update_fields=["state", "finding", "scanned_at"])
        return
    writing = Writing(case, at)
    act = Act(system.scan, writing, actor=User.system(), at=at, given={})
    act.keeps(row, said=digest_of(row))
    act.notes(verdict=row.state)
    if row.state != State.CLEAN:
        act.tell(case.owner, "quarantined")
    act.end()
    writing.write()


def state_after(found: Found) -> Attachment.State:
    if found.clean:
        return State.CLEAN
    return State.INFECTED if found.looked else State.REJECTED


def put_aside(key: int, error: Exception | None = None, *, at: datetime | None = None) -> datetime:
    until = (at or database_now()) + (RETRY if error else AGAIN)
    Attachment.objects.filter(pk=key).update(retry_at=until)
    return until
