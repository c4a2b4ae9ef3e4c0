"""Giving out a file: only what may be, only as a file to keep, and every time on record."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext as _

from complaints.errors import NotScannedYet, OnlyForAReason, Quarantined
from complaints.models import Attachment
from feedback import services as feedback
from organization.models import User
from security import services as security
from security.errors import DamagedFile, ReasonMissing, WrongKey
from security.kinds import KINDS
from security.sealedfiles import kept_content

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"
State = Attachment.State


def given_out(row: Attachment, *, actor: User, at: datetime, reason: str | None = None) -> HttpResponse:
    """The file as an answer, with the download on record in the same transaction.

    reason  why, of an identity document; None: the door asks for none
    Raises Quarantined, NotScannedYet, OnlyForAReason, ReasonMissing, DamagedFile; then nothing is on record.
    """
    refuse_quarantined(row)
    content = content_of(row)
    subject = f"attachment:{row.pk}"
    details = {"case": row.case.reference if row.case else "", "sha256": row.sha256}
    if row.is_identity:
        if reason is None:
            raise OnlyForAReason
        if not any(sign.isalnum() for sign in reason):
            raise ReasonMissing
        known = feedback.known_of(row.case.customer if row.case else None)
        seen = {**details, "field": "file"}
        security.record("reveal", actor=actor, subject=subject, at=at, reason=reason, known=known, details=seen)
    else:
        security.record("read", actor=actor, subject=subject, at=at, details=details)
    return answer(content, title=row.title, mime=KINDS[row.kind].mime)


def refuse_quarantined(row: Attachment) -> None:
    if row.state == State.RECEIVED:
        raise NotScannedYet
    if row.state not in Attachment.GIVEN_OUT:
        raise Quarantined(why=row.finding or _("the scanner cannot look into it"))


def content_of(row: Attachment) -> bytes:
    """The bytes as they came. Raises DamagedFile."""
    return kept_content(row.stored, key=feedback.opened(row.key), sha256=row.sha256)


def damaged_files() -> Iterator[str]:
    """One sentence for every file that does not open, or is another one than its row says."""
    for row in Attachment.objects.select_related("case").order_by("pk").iterator(chunk_size=200):
        try:
            content_of(row)
        except (DamagedFile, WrongKey):
            where = row.case.reference if row.case else str(row.pk)
            yield _("{where}: file {name} is gone or was changed.").format(where=where, name=row.stored)


def answer(content: bytes, *, title: str, mime: str) -> HttpResponse:
    """A browser saves it and never shows it. Ranges are not taken: it comes whole."""
    headers = {
        "Content-Disposition": disposition(title),
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "none",
    }
    return HttpResponse(content, content_type=mime, headers=headers)


def disposition(title: str) -> str:
    """RFC 6266: a plain name for old programs, and the real one in UTF-8."""
    ending = title.rpartition(".")[2]
    return f"attachment; filename=\"file.{ending}\"; filename*=UTF-8''{quote(title, safe='')}"
