"""Which files are taken, told by their bytes: never by their name or by what the sender says of them.

A file is of a kind when all of it is: each reader goes from the first byte to the last. Libraries look at how a file
begins, and call a JPEG with an archive behind it a JPEG (docs/attachments.md has figures).
No reader decodes a picture, runs a script or fetches anything; what it unpacks is counted and thrown away.
"""

from security.kinds.base import ACTIVE, CAUTIONS, LOCKED, BadFile, Kind, Looked
from security.kinds.office import DOCX, XLSX
from security.kinds.papers import PDF
from security.kinds.pictures import GIF, JPEG, PNG, WEBP
from security.kinds.recordings import AMR, HEIC, M4A, MP3, MP4, WAV
from security.kinds.texts import TEXT

# In the order in which they are asked: text takes what nothing else knows.
KINDS: dict[str, Kind] = {
    kind.key: kind for kind in (PDF, PNG, JPEG, GIF, WEBP, HEIC, MP4, M4A, MP3, WAV, AMR, DOCX, XLSX, TEXT)
}

__all__ = ["ACTIVE", "CAUTIONS", "KINDS", "LOCKED", "BadFile", "Kind", "Looked", "look_at"]


def look_at(content: bytes) -> Looked:
    """What kind of file it is, and what to beware of. Raises BadFile, whose sentence says what to do."""
    if not content:
        raise BadFile("empty")
    kind = next((kind for kind in KINDS.values() if kind.begins(content)), None)
    if kind is None:
        raise BadFile("unknown")
    return Looked(kind, kind.read(content))
