"""Small files of every kind that is taken, made here byte by byte, so that a test can spoil any part of one."""

import io
import zipfile
import zlib
from collections.abc import Mapping

TYPES = "[Content_Types].xml"
MAIN = {
    "docx": ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
    "docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
}


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(width: int = 2, height: int = 2, *, more: bytes = b"") -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress(b"".join(b"\0" + bytes(min(width, 64)) for _row in range(min(height, 64))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 2, *, notes: bytes = b"") -> bytes:
    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body

    size = bytes([8]) + height.to_bytes(2, "big") + width.to_bytes(2, "big") + bytes([1, 1, 0x11, 0])
    exif = segment(0xE1, b"Exif\0\0" + notes) if notes else b""
    scan = segment(0xDA, bytes([1, 1, 0, 0, 63, 0])) + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + exif + segment(0xDB, bytes(65)) + segment(0xC0, size) + scan + b"\xff\xd9"


def gif(frames: int = 1, *, comment: bytes = b"") -> bytes:
    frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    said = b"!\xfe" + bytes([len(comment)]) + comment + b"\0" if comment else b""
    return b"GIF89a\x01\0\x01\0\x80\0\0" + bytes(6) + said + frame * frames + b";"


def riff(kind: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + len(one).to_bytes(4, "little") + one + b"\0" * (len(one) % 2) for name, one in parts)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + kind + body


def webp() -> bytes:
    return riff(b"WEBP", (b"VP8L", b"\x2f\x01\x40\x00\x00" + bytes(5)))


def wav(rate: int = 8000) -> bytes:
    form = b"\x01\0\x01\0" + rate.to_bytes(4, "little") + rate.to_bytes(4, "little") + b"\x01\0\x08\0"
    return riff(b"WAVE", (b"fmt ", form), (b"data", bytes(16)))


def box(name: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + name + body


def film(brand: bytes = b"isom") -> bytes:
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", bytes(8)) + box(b"mdat", bytes(32))


def heic(width: int = 4, height: int = 4) -> bytes:
    size = box(b"ispe", bytes(4) + width.to_bytes(4, "big") + height.to_bytes(4, "big"))
    return box(b"ftyp", b"heic" + bytes(4) + b"mif1") + box(b"meta", bytes(4) + size) + box(b"mdat", bytes(16))


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)  # 128 kbit/s at 44.1 kHz: 417 bytes
    return b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + frame * 3


def amr() -> bytes:
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * 3


def pdf(*objects: bytes, head: bytes = b"%PDF-1.7\n", tail: bytes = b"\n") -> bytes:
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, start=1))
    return head + body + b"trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF" + tail


def stream(content: bytes, facts: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< /Filter /FlateDecode /Length %d %s >>\nstream\n%s\nendstream" % (len(packed), facts, packed)


def office(kind: str = "docx", parts: Mapping[str, bytes | str] | None = None) -> bytes:
    main, named = MAIN[kind]
    types = f'<Types><Override PartName="/{main}" ContentType="{named}"/></Types>'
    return archive({TYPES: types, "_rels/.rels": "<Relationships/>", main: "<w:document/>", **(parts or {})})


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return written.getvalue()


# ending -> a file of it, and what it is told to be
GOOD: dict[str, tuple[bytes, str]] = {
    "png": (png(), "png"),
    "jpg": (jpeg(), "jpeg"),
    "gif": (gif(), "gif"),
    "webp": (webp(), "webp"),
    "heic": (heic(), "heic"),
    "mp4": (film(), "mp4"),
    "3gp": (film(b"3gp4"), "mp4"),
    "m4a": (film(b"M4A "), "m4a"),
    "mp3": (mp3(), "mp3"),
    "wav": (wav(), "wav"),
    "amr": (amr(), "amr"),
    "pdf": (pdf(b"<< /Type /Catalog >>"), "pdf"),
    "docx": (office("docx"), "docx"),
    "xlsx": (office("xlsx"), "xlsx"),
    "txt": ("客户来信：年费重复扣收。\r\n".encode(), "txt"),
    "csv": ("日期,金额\n=1+1,200\n".encode("gb18030"), "txt"),
}
