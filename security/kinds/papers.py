"""PDF: whole from the first byte to the last, with what acts in it found also where it is packed."""

import re
import zlib
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from security.kinds.base import ACTIVE, LOCKED, BadFile, Kind

BEGINS = re.compile(rb"%PDF-[12]\.\d")
ENDS = b"%%EOF"
ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")
ACTS = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|AA|XFA|SubmitForm|ImportData|GoToR|GoToE|Movie|Sound)\b"
    rb"|/OpenAction\s*<<"
)
ENCRYPTED = re.compile(rb"/Encrypt\b")
MOST_UNPACKED = 256 * 1024 * 1024  # bytes of all streams together
PIECE = 1024 * 1024


def read_pdf(content: bytes) -> str:
    end = content.rfind(ENDS)
    if end < 0 or content[end + len(ENDS) :].strip(b"\r\n\t \0"):
        raise BadFile("broken" if end < 0 else "behind")
    if ENCRYPTED.search(plain(content)):
        return LOCKED
    acts = bool(ACTS.search(plain(content)))
    for packed in unpacked(content):
        acts = acts or bool(ACTS.search(plain(packed)))
    return ACTIVE if acts else ""


def plain(content: bytes) -> bytes:
    """With the letters of names that were written as numbers: /J#61vaScript."""
    return ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content) if b"#" in content else content


def unpacked(content: bytes) -> Iterator[bytes]:
    """The objects that stand packed in streams. All streams count as they are unpacked. Raises BadFile."""
    left, place = MOST_UNPACKED, 0
    while (place := content.find(b"stream", place)) >= 0:
        start = place + len(b"stream")
        place = start
        if content[start - 9 : start] == b"endstream":
            continue
        facts = content[max(0, start - 2_000) : start]
        facts = facts[facts.rfind(b" obj") :]
        if not re.search(rb"/(?:FlateDecode|Fl)\b", plain(facts)):
            continue
        of_objects = b"/ObjStm" in plain(facts)
        end = content.find(b"endstream", start)
        kept, length = inflated(content[start : end if end >= 0 else None], left, keep=of_objects)
        left -= length
        if of_objects:
            yield kept


def inflated(packed: bytes, most: int, *, keep: bool) -> tuple[bytes, int]:
    """What a stream holds, and how much that is; without `keep` it is thrown away as it comes."""
    machine, kept, length = zlib.decompressobj(), list[bytes](), 0
    rest = packed.lstrip(b"\r\n")
    try:
        while rest and not machine.eof:
            piece = machine.decompress(rest, PIECE)
            rest, length = machine.unconsumed_tail, length + len(piece)
            if length > most:
                raise BadFile("bomb")
            if keep:
                kept.append(piece)
            if not piece and not rest:
                break
    except zlib.error:
        pass  # a viewer shows what came before
    return b"".join(kept), length


PDF = Kind("pdf", "application/pdf", ("pdf",), _("PDF"), lambda content: bool(BEGINS.match(content)), read_pdf)
