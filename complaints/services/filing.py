"""The files that come with a message, and what the event of the message tells of them."""

from collections.abc import Sequence
from typing import Any

from complaints.chronicle import key_of, standing
from complaints.hanging import BESIDE
from complaints.models import Attachment, Case
from complaints.services import attaching
from feedback import services as feedback
from organization.models import User


def filed(keys: Sequence[int], *, by: User, received: feedback.Received, case: Case | None = None) -> list[Attachment]:
    """The files of a message, part of it now, and of its case where that is stored already. The caller saves them.

    Raises Invalid, TooManyFiles, NoRoomForFiles.
    """
    if not keys:
        return []
    files = attaching.named(keys, by=by, case=case)
    for row in files:
        attaching.belongs(row, received.customer, case=case, message=received.feedback)
    return files


def attached(files: Sequence[Attachment]) -> dict[str, Any]:
    """What the event of a message tells of its files."""
    told = {key_of(row): standing(row) | {"said": attaching.digest_of(row)} for row in files}
    return {BESIDE[Attachment]: told, "files": len(files)} if files else {}


def save(files: Sequence[Attachment], case: Case | None) -> None:
    """Once the case has a key."""
    for row in files:
        row.case = case
        row.save()
