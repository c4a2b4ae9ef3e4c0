"""Recordings of sound and film, and pictures in the same boxes (HEIC)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from security.kinds.base import BadFile, Kind, big, fits, little, part
from security.kinds.pictures import riff

# ISO base media files, by the brand they begin with, or one they are compatible with.
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
SOUND_BRANDS = {b"M4A ", b"M4B "}
FILM_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"qt  ", b"MSNV"}
FILM_PREFIXES = (b"3gp", b"3g2")
TOP = {
    b"ftyp",
    b"moov",
    b"mdat",
    b"free",
    b"skip",
    b"wide",
    b"meta",
    b"uuid",
    b"moof",
    b"mfra",
    b"sidx",
    b"udta",
    b"pnot",
    b"idat",
}


def brand(content: bytes) -> bytes:
    return content[8:12] if content[4:8] == b"ftyp" else b""


def is_film(content: bytes) -> bool:
    return brand(content) in FILM_BRANDS or brand(content).startswith(FILM_PREFIXES)


def boxes(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The outermost boxes, which fill the file: name, begin, length. Raises BadFile."""
    place = 0
    while place < len(content):
        length, name = big(content, place, 4), part(content, place + 4, 4)
        if length == 1:
            length = big(content, place + 8, 8)
        elif length == 0:  # up to the end
            length = len(content) - place
        if length < 8 or name not in TOP:
            if not content[place:].strip(b"\0"):
                return
            raise BadFile("broken" if length < 8 else "behind")
        part(content, place + length - 1, 1)
        yield name, place, length
        place += length


def read_film(content: bytes) -> str:
    names = {name for name, _place, _length in boxes(content)}
    if not {b"ftyp", b"moov"} <= names or not {b"mdat", b"moof"} & names:
        raise BadFile("broken")
    return ""


def read_heic(content: bytes) -> str:
    found = {name: content[place : place + length] for name, place, length in boxes(content)}
    if b"meta" not in found or not {b"mdat", b"idat"} & found.keys():
        raise BadFile("broken")
    sizes, place = list[tuple[int, int]](), 0
    while (place := found[b"meta"].find(b"ispe", place) + 4) > 3:  # the size of one picture
        sizes.append((big(found[b"meta"], place + 4, 4), big(found[b"meta"], place + 8, 4)))
    for width, height in sizes or [(0, 0)]:
        fits(width, height)
    return ""


# Kilobits a second of MPEG 1 layer III, and of MPEG 2 and 2.5; samples a second of MPEG 1.
RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
SAMPLES = (44_100, 48_000, 32_000)


def is_mp3(content: bytes) -> bool:
    return content.startswith(b"ID3") or frame_length(content, 0) > 0


def frame_length(content: bytes, place: int) -> int:
    """Bytes of the frame that begins there; 0: none does."""
    head = content[place : place + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, sample = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or sample == 3 or rate in {0, 15}:
        return 0
    first = version == 3
    per_second = SAMPLES[sample] >> {3: 0, 2: 1, 0: 2}[version]
    return (144_000 if first else 72_000) * RATES[not first][rate] // per_second + (head[2] >> 1 & 1)


def read_mp3(content: bytes) -> str:
    place = 0
    while content[place : place + 3] == b"ID3":
        size = part(content, place + 6, 4)
        if max(size) > 0x7F:
            raise BadFile("broken")
        place += 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    place += len(content[place:]) - len(content[place:].lstrip(b"\0"))
    frames = 0
    while length := frame_length(content, place):
        frames, place = frames + 1, place + length
    if frames < 2:
        raise BadFile("broken")
    # the last frame may be cut; tags of old programs stand behind it
    if place < len(content) and content[place : place + 3] != b"TAG" and content[place : place + 8] != b"APETAGEX":
        raise BadFile("behind")
    return ""


AMR_FRAMES = {0: 13, 1: 14, 2: 16, 3: 18, 4: 20, 5: 21, 6: 27, 7: 32, 8: 6, 15: 1}  # mode -> bytes
WIDE_FRAMES = {0: 18, 1: 24, 2: 33, 3: 37, 4: 41, 5: 47, 6: 51, 7: 59, 8: 61, 9: 6, 14: 1, 15: 1}
AMR_BEGINS = {b"#!AMR\n": AMR_FRAMES, b"#!AMR-WB\n": WIDE_FRAMES}


def read_amr(content: bytes) -> str:
    begins = next(begins for begins in AMR_BEGINS if content.startswith(begins))
    place = len(begins)
    if place == len(content):
        raise BadFile("broken")
    while place < len(content):
        length = amr_frame(begins, content[place])
        part(content, place, length)
        place += length
    return ""


def amr_frame(begins: bytes, head: int) -> int:
    length = AMR_BEGINS[begins].get(head >> 3 & 15)
    if length is None or head & 0x83:
        raise BadFile("behind")
    return length


def read_wav(content: bytes) -> str:
    parts = {name: (place, length) for name, place, length in riff(content)}
    if not {b"fmt ", b"data"} <= parts.keys() or parts[b"fmt "][1] < 16:
        raise BadFile("broken")
    if not little(content, parts[b"fmt "][0] + 4, 4):  # samples a second
        raise BadFile("broken")
    return ""


HEIC = Kind(
    "heic",
    "image/heic",
    ("heic", "heif"),
    _("Picture (HEIC)"),
    lambda content: brand(content) in HEIC_BRANDS,
    read_heic,
)
MP4 = Kind("mp4", "video/mp4", ("mp4", "m4v", "mov", "3gp"), _("Film"), is_film, read_film)
M4A = Kind(
    "m4a", "audio/mp4", ("m4a", "mp4"), _("Recording (M4A)"), lambda content: brand(content) in SOUND_BRANDS, read_film
)
MP3 = Kind("mp3", "audio/mpeg", ("mp3",), _("Recording (MP3)"), is_mp3, read_mp3)
WAV = Kind(
    "wav",
    "audio/wav",
    ("wav",),
    _("Recording (WAV)"),
    lambda content: content.startswith(b"RIFF") and content[8:12] == b"WAVE",
    read_wav,
)
AMR = Kind(
    "amr",
    "audio/amr",
    ("amr", "awb"),
    _("Recording (AMR)"),
    lambda content: content.startswith((*AMR_BEGINS,)),
    read_amr,
)
