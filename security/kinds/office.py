"""Word and Excel files: archives as these programs write them, without macros. Only a few small parts are unpacked."""

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from security.kinds.base import ACTIVE, BadFile, Kind

TYPES, MOST_ENTRIES = "[Content_Types].xml", 10_000
MOST_READ = 4 * 1024 * 1024  # bytes of one part that is looked into
MOST_RATIO, SMALL = (
    50,
    64 * 1024 * 1024,
)  # an archive that unpacks to no more than SMALL may be packed as tightly as it likes
END, END_LENGTH = b"PK\x05\x06", 22
MARK = "application/vnd.openxmlformats-officedocument."
DOCUMENT, WORKBOOK = f"{MARK}wordprocessingml.document.main+xml", f"{MARK}spreadsheetml.sheet.main+xml"
# A link that somebody clicks is none of these; a template, a picture or an object from elsewhere loads by itself.
EXTERNAL = re.compile(r"<[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
CLICKED = re.compile(r"relationships/hyperlink[\"']", re.IGNORECASE)
UNREADABLE = (KeyError, ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
DDE = re.compile(rb"\bDDE(?:AUTO)?\b|<(?:\w+:)?ddeLink\b")


def opened(content: bytes) -> zipfile.ZipFile:
    """The archive, if it fills the file and each entry stands once in it. Raises BadFile."""
    end = content.rfind(END)
    if end != len(content) - END_LENGTH or content.count(END) != 1:
        raise BadFile("behind")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OverflowError, RuntimeError) as error:
        raise BadFile("archive") from error
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or len(set(map(str.casefold, names))) != len(names) or any(map(is_odd, entries)):
        raise BadFile("archive")
    side_by_side(content, entries)
    return archive


def is_odd(entry: zipfile.ZipInfo) -> bool:
    """A name that leads elsewhere, a link, or what is encrypted."""
    name = entry.orig_filename
    leads_away = name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")
    return leads_away or bool(entry.flag_bits & 0x1) or stat.S_ISLNK(entry.external_attr >> 16)


def side_by_side(content: bytes, entries: list[zipfile.ZipInfo]) -> None:
    """Entries that overlap unpack to a thousand times what they are; what they say of their size is held to it."""
    packed = size = place = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < place or content[entry.header_offset : entry.header_offset + 4] != b"PK\x03\x04":
            raise BadFile("bomb")
        place = entry.header_offset + 30 + len(entry.orig_filename.encode()) + entry.compress_size
        packed, size = packed + entry.compress_size, size + entry.file_size
    if place > len(content) or (entries and min(entry.header_offset for entry in entries) != 0):
        raise BadFile("archive")
    if size > SMALL and size > MOST_RATIO * packed:
        raise BadFile("bomb")


def text_of(archive: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of a part. Raises BadFile for one that is not what the archive says of it."""
    try:
        with archive.open(name) as part:
            return part.read(MOST_READ)
    except UNREADABLE as error:
        raise BadFile("archive") from error


def types_of(content: bytes) -> str:
    return text_of(opened(content), TYPES).decode(errors="replace")


def is_archive(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def begins_with(main: str) -> Callable[[bytes], bool]:
    def begins(content: bytes) -> bool:
        """Whether it is an archive whose list of parts names this document; what is no such archive is refused here."""
        if not is_archive(content):
            return False
        try:
            listed = types_of(content)
        except BadFile:
            if zipfile.is_zipfile(io.BytesIO(content)) and TYPES.encode() in content:
                raise
            return False
        if "macroEnabled" in listed:
            raise BadFile("macros")
        return main in listed

    return begins


def read_office(content: bytes) -> str:
    archive, acts = opened(content), False
    for entry in archive.infolist():
        name = entry.filename.lower()
        if name.endswith(("vbaproject.bin", "vbadata.xml")) or "/activex/" in name:
            raise BadFile("macros")
        acts = acts or "/embeddings/" in name or "/externallinks/" in name
        if name.endswith(".rels"):
            links = EXTERNAL.findall(text_of(archive, entry.filename).decode(errors="replace"))
            acts = acts or any(not CLICKED.search(link) for link in links)
        elif name in {"word/document.xml", "xl/workbook.xml"}:
            acts = acts or bool(DDE.search(text_of(archive, entry.filename)))
    return ACTIVE if acts else ""


DOCX = Kind(
    "docx", f"{MARK}wordprocessingml.document", ("docx",), _("Word"), begins_with(DOCUMENT), read_office, plain=False
)
XLSX = Kind(
    "xlsx", f"{MARK}spreadsheetml.sheet", ("xlsx",), _("Excel"), begins_with(WORKBOOK), read_office, plain=False
)
