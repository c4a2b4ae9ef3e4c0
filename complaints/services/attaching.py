"""Handing over files: looked through, sealed, stored; then a message or a verb names them, and they are part of a case.

Both steps are their own: a file of 20 MB on its way to a slow storage holds no row of a case, and what nobody named
within a day is dropped (services/orphans.py).
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import FileTooLarge, NoRoomForFiles, TooManyFiles, TooManyWaiting
from complaints.models import Attachment, Case
from feedback import services as feedback
from feedback.models import Customer, Feedback
from organization.models import User
from security.filenames import ending_of, titled
from security.kinds import BadFile, Looked, look_at
from security.sealedfiles import keep_file
from sqm_site.errors import Invalid
from sqm_site.storing import MEGABYTE, kept_files

FILE, NAMED = "file", "attachments"  # the fields that what is wrong is said of
MOST_WAITING = 5  # times what one case takes
State = Attachment.State


def hand_over(
    content: bytes, *, name: str, by: User, at: datetime, document: str = "", declared: str = ""
) -> tuple[Attachment, bool]:
    """Store a file that waits to be named, and tell whether it is new: sent again meanwhile, it is the one of before.

    name      clean, by `filenames.clean_name`
    declared  the SHA-256 that the sender says it has; empty: none
    Raises Invalid, FileTooLarge, TooManyWaiting, Unavailable; then no row is written.
    """
    if len(content) > settings.ATTACHMENT_BYTES:
        raise FileTooLarge(most=settings.ATTACHMENT_BYTES // MEGABYTE)
    looked, digest = looked_through(content, name), hashlib.sha256(content).hexdigest()
    if declared and declared.lower() != digest:
        raise Invalid({"sha256": [str(_("The file arrived with another content. Send it again."))]})
    waiting = Attachment.objects.waiting().filter(by=by)
    for earlier in waiting.filter(sha256=digest, document=document):
        if feedback.opened(earlier.name) == name:
            return earlier, False
    refuse_hoards(waiting)
    assert by.legal_entity_id is not None, "whoever belongs to no legal entity has no right to attach"
    row = Attachment(legal_entity_id=by.legal_entity_id, by=by, at=at, title=titled(name), sha256=digest)
    row.name, row.size, row.document = name, len(content), document
    row.kind, row.caution, row.state = looked.kind.key, looked.caution, first_state(looked)
    store(row, content)
    return row, True


def looked_through(content: bytes, name: str) -> Looked:
    """What the bytes are. Raises Invalid for those that are not taken, or that the name calls something else."""
    try:
        looked = look_at(content)
    except BadFile as error:
        raise Invalid({FILE: [str(error.sentence)]}) from error
    if ending_of(name) not in looked.kind.endings:
        said = _("The name ends with .{ending}, and the content is another: {kind}. Name it .{right}.")
        facts = {"ending": ending_of(name), "kind": looked.kind.label, "right": looked.kind.endings[0]}
        raise Invalid({FILE: [said.format(**facts)]})
    return looked


def first_state(looked: Looked) -> Attachment.State:
    """Without a scanner only what cannot act is given out."""
    harmless = looked.kind.plain and not looked.caution
    return State.UNSCANNED if harmless and not settings.SCANNER else State.RECEIVED


def refuse_hoards(waiting: Any) -> None:
    """An account that hands over and never names fills the disk."""
    there = waiting.aggregate(files=Count("pk"), bytes=Sum("size", default=0))
    if (
        there["files"] >= MOST_WAITING * settings.CASE_ATTACHMENTS
        or there["bytes"] >= MOST_WAITING * settings.CASE_ATTACHMENT_BYTES
    ):
        raise TooManyWaiting(retry_after=3600)


def store(row: Attachment, content: bytes) -> None:
    """Write the file, then the row. Where the legal entity has the content already, the row shares its file.

    Whatever dies in between leaves a file without a row, which is removed when it is a day old.
    """
    if shared(row):
        return
    row.stored, row.key, _digest = keep_file(content, owner=row.legal_entity_id, on=timezone.localdate(row.at))
    row.save()


@transaction.atomic
def shared(row: Attachment) -> bool:
    """Store the row over the file of another with this content, and what its scanner said; False: there is none.

    The other row is locked, so that it is not dropped meanwhile, and the file with it.
    """
    same = Attachment.objects.filter(sha256=row.sha256, legal_entity=row.legal_entity_id).order_by("pk")
    other = same.select_for_update(of=("self",)).first()
    if other is None or not kept_files().exists(other.stored):
        return False
    row.stored, row.key = other.stored, feedback.opened(other.key)
    if other.scanned_at is not None:
        row.state, row.finding, row.scanned_at = other.state, other.finding, other.scanned_at
    row.save()
    return True


def named(keys: Iterable[int], *, by: User, case: Case | None = None) -> list[Attachment]:
    """The files of these ids, which the account handed over and nothing has named yet; locked.

    case  to which they are added, locked; None: one that begins now
    Raises Invalid, TooManyFiles, NoRoomForFiles.
    """
    wanted = set(keys)
    rows = list(Attachment.objects.waiting().filter(pk__in=wanted, by=by).order_by("pk").select_for_update())
    if missing := lacking(wanted - {row.pk for row in rows}):
        raise Invalid({NAMED: [missing]})
    make_room(rows, case)
    return rows


def lacking(keys: Iterable[int]) -> str:
    """The sentence for ids of no file that waits; empty where there are none."""
    missing = ", ".join(map(str, sorted(keys)))
    said = _("Nothing you handed over waits as {missing}. Each file is named once, within a day.")
    return said.format(missing=missing) if missing else ""


def make_room(rows: Sequence[Attachment], case: Case | None) -> None:
    there = {"files": 0, "bytes": 0}
    if case is not None and case.pk:
        there = case.attachments.aggregate(files=Count("pk"), bytes=Sum("size", default=0))
    if there["files"] + len(rows) > settings.CASE_ATTACHMENTS:
        raise TooManyFiles(most=settings.CASE_ATTACHMENTS, there=there["files"])
    if there["bytes"] + sum(row.size for row in rows) > settings.CASE_ATTACHMENT_BYTES:
        raise NoRoomForFiles(most=settings.CASE_ATTACHMENT_BYTES // MEGABYTE)


def belongs(row: Attachment, customer: Customer | None, *, case: Case | None, message: Feedback | None) -> None:
    """A file becomes part of a case and of the message it came with. The caller saves the row, and tells of it."""
    row.case, row.feedback = case, message
    row.title = titled(feedback.opened(row.name), feedback.known_of(customer))


def digest_of(row: Attachment) -> str:
    """What the log keeps of the name and the key of a file. Raises WrongKey for what does not open."""
    return row.digest_of(feedback.opened(row.name), feedback.opened(row.key))
