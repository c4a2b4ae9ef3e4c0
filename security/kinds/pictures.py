"""Pictures: walked from part to part, never decoded."""

import zlib

from django.utils.translation import gettext_lazy as _

from security.kinds.base import MOST_FRAMES, BadFile, Kind, big, ends_at, fits, little, part

PNG_BEGINS = b"\x89PNG\r\n\x1a\n"


def read_png(content: bytes) -> str:
    place, seen = len(PNG_BEGINS), list[bytes]()
    while seen[-1:] != [b"IEND"]:
        length = big(content, place, 4)
        body = part(content, place + 4, length + 4)
        if zlib.crc32(body) != big(content, place + 8 + length, 4):
            raise BadFile("broken")
        name = body[:4]
        if (name == b"IHDR") != (not seen):
            raise BadFile("broken")
        if name == b"IHDR":
            fits(big(body, 4, 4), big(body, 8, 4))
        if name == b"acTL" and big(body, 4, 4) > MOST_FRAMES:
            raise BadFile("frames")
        seen.append(name)
        place += length + 12
    if b"IDAT" not in seen:
        raise BadFile("broken")
    ends_at(content, place)
    return ""


FILLED = 0xFF
ALONE = {0x01, FILLED, *range(0xD0, 0xD8)}  # markers without a length
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of these the size of the picture
STARTS, SCAN, ENDS = 0xD8, 0xDA, 0xD9
# Behind the end cameras write a second picture, a film, or notes of their own. None of them holds one of these.
FOREIGN = (b"PK\x03\x04", b"PK\x05\x06", b"%PDF-", b"Rar!\x1a", b"7z\xbc\xaf", b"<html", b"<script", b"<?php", b"<svg")


def read_jpeg(content: bytes) -> str:
    end = jpeg_end(content)
    behind = content[end:].rstrip(b"\0")
    if not behind:
        return ""
    by_camera = behind[:2] == b"\xff\xd8" or behind[4:8] == b"ftyp" or behind[-4:] == b"SEFT"
    if not by_camera or any(mark in behind.lower() for mark in map(bytes.lower, FOREIGN)):
        raise BadFile("behind")
    return ""


def jpeg_end(content: bytes) -> int:
    """Where the picture ends. Raises BadFile where it does not."""
    seen, place = set[int](), 2
    while (marker := marker_at(content, place)) != ENDS:
        place += 1 if marker == FILLED else 2
        if marker in FRAMES:
            fits(big(content, place + 5, 2), big(content, place + 3, 2))
        if marker not in ALONE:
            place += max(big(content, place, 2), 2)
        if marker == SCAN:
            place = scan_end(content, place)
        seen.add(marker)
    if SCAN not in seen or not seen & FRAMES:
        raise BadFile("broken")
    return place + 2


def marker_at(content: bytes, place: int) -> int:
    begin, marker = part(content, place, 2)
    if begin != FILLED or marker in {0x00, STARTS}:
        raise BadFile("broken")
    return marker


def scan_end(content: bytes, place: int) -> int:
    """Where the next marker stands behind the coded picture, in which a 0 follows each 255."""
    while (place := content.find(b"\xff", place)) >= 0:
        following = content[place + 1 : place + 2]
        if not following:
            break
        if following[0] != 0 and following[0] not in range(0xD0, 0xD8):
            return place
        place += 2
    raise BadFile("broken")


def read_gif(content: bytes) -> str:
    fits(little(content, 6, 2), little(content, 8, 2))
    place, frames = 13 + table(part(content, 10, 1)[0]), 0
    while (mark := part(content, place, 1)) != b";":
        if mark == b"!":
            place = blocks_end(content, place + 2)
        elif mark == b",":
            frames += 1
            place = blocks_end(content, place + 11 + table(part(content, place + 9, 1)[0]))
        else:
            raise BadFile("broken")
        if frames > MOST_FRAMES:
            raise BadFile("frames")
    if not frames:
        raise BadFile("broken")
    ends_at(content, place + 1)
    return ""


def table(flags: int) -> int:
    """Bytes of the table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def blocks_end(content: bytes, place: int) -> int:
    while length := part(content, place, 1)[0]:
        place += length + 1
    return place + 1


def riff(content: bytes) -> list[tuple[bytes, int, int]]:
    """The parts of a RIFF file: name, where its content begins, how long it is."""
    end, place, found = 8 + little(content, 4, 4), 12, list[tuple[bytes, int, int]]()
    while place < end:
        length = little(content, place + 4, 4)
        part(content, place + 8, length)
        found.append((content[place : place + 4], place + 8, length))
        place += 8 + length + length % 2
    if place not in {end, end + 1}:
        raise BadFile("broken")
    ends_at(content, place)
    return found


def read_webp(content: bytes) -> str:
    parts = riff(content)
    names = [name for name, _place, _length in parts]
    if names.count(b"ANMF") > MOST_FRAMES:
        raise BadFile("frames")
    if not {b"VP8 ", b"VP8L", b"ANMF"} & set(names):
        raise BadFile("broken")
    for name, place, _length in parts:
        if name == b"VP8X":
            fits(little(content, place + 4, 3) + 1, little(content, place + 7, 3) + 1)
        elif name == b"VP8 ":
            fits(little(content, place + 6, 2) & 0x3FFF, little(content, place + 8, 2) & 0x3FFF)
        elif name == b"VP8L":
            bits = little(content, place + 1, 4)
            fits((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return ""


PNG = Kind("png", "image/png", ("png",), _("Picture (PNG)"), lambda content: content.startswith(PNG_BEGINS), read_png)
JPEG = Kind(
    "jpeg",
    "image/jpeg",
    ("jpg", "jpeg", "jpe", "jfif"),
    _("Picture (JPEG)"),
    lambda content: content.startswith(b"\xff\xd8\xff"),
    read_jpeg,
)
GIF = Kind(
    "gif", "image/gif", ("gif",), _("Picture (GIF)"), lambda content: content[:6] in {b"GIF87a", b"GIF89a"}, read_gif
)
WEBP = Kind(
    "webp",
    "image/webp",
    ("webp",),
    _("Picture (WebP)"),
    lambda content: content.startswith(b"RIFF") and content[8:12] == b"WEBP",
    read_webp,
)
