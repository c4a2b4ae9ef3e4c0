"""JSON as senders of complaints must write it. What two programs could read differently is refused."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import IO, Any

from django.http import UnreadablePostError
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

from sqm_site.errors import Invalid
from sqm_site.fields import number

DEEPEST = 32
LONGEST_INTEGER = 19  # characters, sign included: 64 bits
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# A string that never ends runs to the end of the body, so that no byte is looked at twice.
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
ONE_KIND = bytes.maketrans(b"{}", b"[]")
NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def whole_number(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ParseError(_("A number has too many digits."))
    return int(text)


def fraction(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ParseError(_("A number is too large."))
    return number


def no_number(word: str) -> None:
    raise ParseError(_("NaN and Infinity are not JSON."))


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("A field appears twice in one object. Send each field once."))
    return found


DECODER = json.JSONDecoder(
    object_pairs_hook=distinct, parse_int=whole_number, parse_float=fraction, parse_constant=no_number
)


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8, without anything PostgreSQL cannot store."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read()
        announced = parser_context["request"].META.get("CONTENT_LENGTH") if parser_context else ""
        if len(body) < (number(announced or "", digits=12) or 0):  # what arrived may be whole by chance only
            raise UnreadablePostError(f"{len(body)} of {announced} bytes arrived")
        return read_object(body)


class WholeForm(MultiPartParser):
    """A form with files that arrived from its first byte to its last boundary: of a part of it nobody would know."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        body = stream.read()
        announced = parser_context["request"].META.get("CONTENT_LENGTH") if parser_context else ""
        if len(body) < (number(announced or "", digits=12) or 0) or not body.rstrip(b"\r\n").endswith(b"--"):
            raise UnreadablePostError(f"{len(body)} of {announced} bytes arrived")
        return super().parse(BytesIO(body), media_type, parser_context)


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of `body`.

    Raises ParseError when it is not one, and Invalid, which names the field, for a NUL or half a character.
    """
    text = decoded(body)
    refuse_depth(body)
    try:
        found = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ParseError(
            _("This is not JSON: look at line {line}, column {column}.").format(line=error.lineno, column=error.colno)
        ) from error
    if not isinstance(found, dict):
        raise ParseError(_("Send one JSON object."))
    if SUSPECT_ESCAPE.search(body):
        refuse_unstorable(found)
    return found


def decoded(body: bytes) -> str:
    if not body.strip():
        raise ParseError(_("The body is empty. Send one JSON object."))
    if body.startswith(BYTE_ORDER_MARKS):
        raise ParseError(_("The body starts with a byte order mark (BOM). Send UTF-8 without it."))
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ParseError(_("The body is not UTF-8. Please send UTF-8.")) from error


def refuse_depth(body: bytes) -> None:
    """Measure the depth before the recursive decoder meets it; most bodies have too few brackets to look closer.

    Each pass takes away the innermost pairs of brackets: one level. Unclosed ones are left to the decoder, as
    long as they are few.
    """
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return
    brackets = STRING.sub(b"", body).translate(ONE_KIND, NO_BRACKETS)
    for _level in range(DEEPEST):
        brackets = brackets.replace(b"[]", b"")
    if b"[]" in brackets or brackets.count(b"[") > DEEPEST:
        raise ParseError(_("The body is nested more than {deepest} levels deep.").format(deepest=DEEPEST))


def refuse_unstorable(found: dict[str, Any]) -> None:
    bad = {
        path: [str(_("Take out the NUL or broken character."))]
        for path, text in texts(found, "")
        if UNSTORABLE.search(text)
    }
    if bad:
        raise Invalid(bad)


def texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in `value`, keys included, with the path that leads to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield from texts(inner, f"{path}.{UNSTORABLE.sub('', key)}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}.{index}")
