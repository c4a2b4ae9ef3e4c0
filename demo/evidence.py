"""上传附件: the customer sends a screenshot, and the worker adds the scan of a letter. Both are made here."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from demo import stories
from demo.stories import CUSTOMER, Step, Story, Work

WIDTH, HEIGHT, BAR = 270, 480, 24  # pixels
LINES = ("Statement of account, November 2026", "Annual fee  200.00   2026-11-02", "Annual fee  200.00   2026-11-09")


@dataclass(frozen=True)
class Paper:
    """A file as somebody hands it over. document: a code of document_kind"""

    content: Callable[[], bytes]
    document: str


def attached(work: Work) -> Story:
    """Under way, with what the customer and the worker added."""
    yield from stories.working(work)
    yield Step(CUSTOMER, "attach", {"attachments": ["手机银行截图.png"]})
    yield work.by_worker("attach", attachments=["投诉信扫描件.pdf"], remark="原件已归档。")


def screenshot() -> bytes:
    """Bars of grey, as of the lines of a page."""
    rows = b"".join(b"\0" + bytes(shade(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    head = WIDTH.to_bytes(4, "big") + HEIGHT.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in parts)


def shade(x: int, y: int) -> int:
    bar, inside = divmod(y, BAR)
    written = 16 < x < WIDTH - 16 - bar * 37 % 90 and 6 < inside < 18
    return 60 if bar < 2 else 170 if written else 250


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def letter() -> bytes:
    """One page in a typeface that every reader has."""
    text = "BT /F 14 Tf 60 760 Td 22 TL " + " ".join(f"({line}) Tj T*" for line in LINES) + " ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    return b"".join(written(objects))


def written(objects: tuple[str, ...]) -> Iterator[bytes]:
    """The objects, and the table that says where each begins."""
    head, place, places = b"%PDF-1.4\n", 9, list[int]()
    yield head
    for number, one in enumerate(objects, start=1):
        body = f"{number} 0 obj\n{one}\nendobj\n".encode()
        places.append(place)
        place += len(body)
        yield body
    rows = "".join(f"{begin:010d} 00000 n \n" for begin in places)
    size = len(objects) + 1
    yield f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode()
    yield f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{place}\n%%EOF\n".encode()


PAPERS = {"手机银行截图.png": Paper(screenshot, "SCREENSHOT"), "投诉信扫描件.pdf": Paper(letter, "LETTER")}


def with_files(body: Mapping[str, Any], hand_over: Callable[[str, bytes, str], int]) -> dict[str, Any]:
    """The body of a step with the ids of its files in place of their names.

    hand_over  sends a file (name, content, kind of document) and gives its id
    """
    papers = [(name, PAPERS[name]) for name in body.get("attachments", ())]
    ids = [hand_over(name, one.content(), one.document) for name, one in papers]
    return {**body, "attachments": ids} if ids else {**body}
