"""Plain text, in the encodings that Chinese programs write. What a browser would take for a page is none."""

import re

from django.utils.translation import gettext_lazy as _

from security.kinds.base import BadFile, Kind

MARKED = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
ENCODINGS = ("utf-8", "gb18030")
NOT_WRITTEN = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
LOOKED_AT = 4_096  # characters in which a browser looks for tags
BEGINS_AS_PAGE = re.compile(r"\s*<[?!a-z]", re.IGNORECASE)
OF_A_PAGE = re.compile(r"<(?:!doctype|html|head|body|script|svg|iframe|object|embed|style)\b", re.IGNORECASE)


def written(content: bytes) -> str | None:
    """What it says; None: it is no text."""
    encodings = [MARKED[mark] for mark in MARKED if content.startswith(mark)] or ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if NOT_WRITTEN.search(text) else text
    return None


def is_text(content: bytes) -> bool:
    return written(content) is not None


def read_text(content: bytes) -> str:
    text = written(content) or ""
    if not text.strip("\ufeff \r\n\t"):
        raise BadFile("empty")
    head = text[:LOOKED_AT].lstrip("\ufeff")
    if BEGINS_AS_PAGE.match(head) or OF_A_PAGE.search(head):
        raise BadFile("unknown")
    return ""


TEXT = Kind("txt", "text/plain", ("txt", "csv"), _("Text"), is_text, read_text)
