"""What a kind of file is, and how bytes are read without running out of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

MOST_PIXELS = 50_000_000
MOST_FRAMES = 200
# What to beware of in a file that is taken: it brings something that acts, or nobody can look into it.
ACTIVE, LOCKED = "active", "locked"
CAUTIONS = {
    ACTIVE: _("brings scripts, embedded files or links that load by themselves"),
    LOCKED: _("is encrypted: no scanner can look into it"),
}
SENTENCES = {
    "empty": _("The file is empty. Choose it again."),
    "unknown": _(
        "This kind of file is not taken. Send a PDF, a picture, a recording, a Word or Excel file without macros, or "
        "plain text."
    ),
    "broken": _("The file is damaged or was cut off. Save it again from the program that made it, and send that."),
    "behind": _("Something else stands behind the end of the file. Save it again from the program that made it."),
    "pixels": _("The picture has too many pixels: at most 50 million. Make it smaller."),
    "frames": _("The picture moves for too long: at most 200 frames. Send a part of it, or a film."),
    "macros": _("The file has macros. Save it without them, as .docx or .xlsx, and send that."),
    "bomb": _("The file unpacks to far more than a document holds. Send what it is about as a PDF or a picture."),
    "archive": _("The archive inside of the file is not as Word or Excel write it. Save it again, and send that."),
}


class BadFile(Exception):
    """Bytes that are not taken. code: one of SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def sentence(self) -> Any:
        return SENTENCES[self.code]


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    begins  whether bytes begin as it does
    read    reads all of it and gives what to beware of: one of CAUTIONS, or nothing. Raises BadFile
    plain   nothing in it can act: it is given out where no scanner is set
    """

    key: str
    mime: str
    endings: tuple[str, ...]
    label: Any
    begins: Callable[[bytes], bool]
    read: Callable[[bytes], str]
    plain: bool = True


@dataclass(frozen=True)
class Looked:
    kind: Kind
    caution: str


def part(content: bytes, start: int, length: int) -> bytes:
    """So many bytes from there. Raises BadFile where the file ends before."""
    found = content[start : start + length]
    if len(found) < length or start < 0:
        raise BadFile("broken")
    return found


def big(content: bytes, start: int, length: int) -> int:
    return int.from_bytes(part(content, start, length), "big")


def little(content: bytes, start: int, length: int) -> int:
    return int.from_bytes(part(content, start, length), "little")


def fits(width: int, height: int) -> None:
    """Raises BadFile for a picture that nobody can open, or that nobody should."""
    if not width or not height:
        raise BadFile("broken")
    if width * height > MOST_PIXELS:
        raise BadFile("pixels")


def ends_at(content: bytes, end: int) -> None:
    """Nothing stands behind the end but zeros, with which some programs fill up."""
    if content[end:].strip(b"\0"):
        raise BadFile("behind")
