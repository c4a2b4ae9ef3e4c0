"""The masked form of a personal value: enough for a colleague to recognise it, too little to use it."""

import re
import unicodedata
from collections.abc import Callable

STARS = "****"
MOBILE_PREFIX = re.compile(r"^(?:(?:\+|00)?86|0)(?=1[3-9][0-9]{9}$)")
LANDLINE_PREFIX = re.compile(r"^\+86(?=(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}$)")
EXTENSION = re.compile(r"转|分机|ext|x|#", re.IGNORECASE)


def mask(kind: str, plain: str) -> str:
    """Return the masked form of a value of `kind`; a value of any shape is taken, an empty one stays empty."""
    written = unicodedata.normalize("NFKC", plain).strip()
    return MASKS[kind](written) if written else ""


def _phone(written: str) -> str:
    dialled = re.sub(r"[^0-9+]", "", EXTENSION.split(written)[0])
    national = MOBILE_PREFIX.sub("", LANDLINE_PREFIX.sub("0", dialled))
    return _ends(national, first=max(len(national) - 8, 0), last=4)


def _name(written: str) -> str:
    name = "".join(written.split())
    return name[0] + "*" * min(len(name) - 1, 3) if len(name) > 1 else "*"


def _email(written: str) -> str:
    local, at, domain = written.rpartition("@")
    return f"{local[:1]}***@{domain}" if at else "***"


def _ends(written: str, *, first: int, last: int) -> str:
    """Stars between the first and last characters; nothing but stars when it is too short to hide anything."""
    if len(written) < first + 2 * last:
        return "*" * len(written) or STARS
    return written[:first] + STARS + written[-last:]


MASKS: dict[str, Callable[[str], str]] = {
    "phone": _phone,
    "name": _name,
    "id_no": lambda written: _ends(written, first=3, last=4),
    "card": lambda written: _ends(re.sub(r"[^0-9]", "", written), first=0, last=4),
    "email": _email,
    "openid": lambda written: _ends(written, first=2, last=4),
    "customer_no": lambda written: _ends(written, first=0, last=4),
    "text": lambda written: STARS,
}
