"""Names of files as people and programs give them: one part, without what leads elsewhere or reads as another."""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from security.redaction import redact
from sqm_site.errors import Invalid

MOST_BYTES = 240  # file systems take 255
FIELD = "file"
TITLE_LENGTH = 160  # characters of a name, and of what is shown of it
FORBIDDEN = re.compile(r'[<>:"|?*]')  # in Windows
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)  # devices of Windows
ENDING = re.compile(r"[a-z0-9]{1,5}", re.ASCII)


def clean_name(given: str) -> str:
    """The last part of a name, in one spelling, cut where it is too long. Raises Invalid for one without an ending."""
    if "\ufffd" in given or any("\ud800" <= sign <= "\udfff" for sign in given):
        raise Invalid({FIELD: [str(_("The name of the file is not UTF-8. Rename it, or send the name in UTF-8."))]})
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = "".join(sign for sign in name if sign == " " or unicodedata.category(sign)[0] not in "CZ")
    name = FORBIDDEN.sub("_", name).lstrip(". -").rstrip(". ")
    stem, dot, ending = name.rpartition(".")
    ending = ending.lower()
    if not dot or not stem.strip() or not ENDING.fullmatch(ending):
        raise Invalid({FIELD: [str(_("The name needs an ending that says what the file is, such as .pdf or .jpg."))]})
    stem = f"_{stem}" if RESERVED.match(stem) else stem
    stem = stem.encode()[: MOST_BYTES - len(ending)].decode(errors="ignore")
    return f"{stem[: TITLE_LENGTH - len(ending) - 1].rstrip()}.{ending}"


def ending_of(name: str) -> str:
    return name.rpartition(".")[2]


def titled(name: str, known: Iterable[str] = ()) -> str:
    """The name to read. known: of the customer, to be taken out; what is redacted may be longer than what was there."""
    stem, _dot, ending = name.rpartition(".")
    return f"{redact(stem, known)[: TITLE_LENGTH - len(ending) - 1]}.{ending}"
