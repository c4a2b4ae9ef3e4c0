"""行内客户信息: the institution's own register of customers, asked so that the customer is not asked (Art. 13).

Whoever runs the hosts says in the environment which register is asked and with which key: no page can turn the
program against an address of the inside. It follows no redirect, and whatever goes wrong, the form works without it.
"""

import json
import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from organization.models import LegalEntity
from security.masking import mask

MOST_BYTES = 64 * 1024  # of an answer
MOST_CHARACTERS = 100  # of a value
REST_SECONDS = 30  # after a failure, so that a register that hangs holds up one caller a process, not each
HERE = {"localhost", "127.0.0.1", "::1"}


class LookupDown(Exception):
    """Nobody answered in time, or not as a register does. The sentence says what happened, and holds no value."""


@dataclass(frozen=True)
class Held:
    """What the register has of one customer. name, phone: masked; the others as it calls them; "" where it has none"""

    name: str
    phone: str
    customer_class: str
    branch: str


class Lookup(ABC):
    """A register of customers."""

    @abstractmethod
    def find(self, key: str, value: str) -> Held | None:
        """The one customer of this `customer_no` or `phone`, written as `security.blind.normalise` does; None: nobody.

        Raises LookupDown.
        """


def lookup_of(entity: LegalEntity) -> Lookup | None:
    """The register of a legal entity; None: it has none."""
    url = settings.CUSTOMER_LOOKUPS.get(entity.code)
    key = settings.CUSTOMER_LOOKUP_KEYS.get(entity.code, "")
    return http_lookup(url, key, settings.CUSTOMER_LOOKUP_SECONDS) if url else None


@cache
def http_lookup(url: str, key: str, seconds: int) -> "HttpLookup":
    """One a process, so that it remembers when it rests."""
    return HttpLookup(url, key, seconds)


class HttpLookup(Lookup):
    """POST {"phone": ...} or {"customer_no": ...} with the key as bearer: 200 with an object of Held, or 404.

    seconds  from the connection to the last byte; a register that sends a byte a second is broken off, too
    """

    def __init__(self, url: str, key: str, seconds: float) -> None:
        self.parts, self.key, self.seconds = urlsplit(url), key, seconds
        self.rests_until = 0.0

    def find(self, key: str, value: str) -> Held | None:
        if time.monotonic() < self.rests_until:
            raise LookupDown("it failed a moment ago")
        try:
            status, content = self.ask(json.dumps({key: value}).encode())
            return None if status == 404 else held(status, content)
        except (OSError, HTTPException, ValueError) as error:  # TLS, time-outs and what is no HTTP are among them
            self.rests_until = time.monotonic() + REST_SECONDS
            raise LookupDown(type(error).__name__) from error
        except LookupDown:
            self.rests_until = time.monotonic() + REST_SECONDS
            raise

    def ask(self, body: bytes) -> tuple[int, bytes]:
        """Status and the beginning of the answer, one byte more than is taken."""
        secure, host = self.parts.scheme == "https", self.parts.hostname or ""
        if not secure and host not in HERE:
            raise LookupDown("its address must begin with https://")
        kind = HTTPSConnection if secure else HTTPConnection
        link = kind(host, self.parts.port, timeout=self.seconds)
        with connected(host, link.port, self.seconds, secure=secure) as link.sock:
            target = self.parts.path + (f"?{self.parts.query}" if self.parts.query else "")
            headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
            link.request("POST", target or "/", body, headers | {"Authorization": f"Bearer {self.key}"})
            with link.getresponse() as answer:
                content = answer.read(MOST_BYTES + 1)
                if answer.length and len(content) <= MOST_BYTES:
                    raise LookupDown("its answer was cut off")
                return answer.status, content


@contextmanager
def connected(host: str, port: int, seconds: float, *, secure: bool) -> Iterator[socket.socket]:
    """A connection that is broken off after so many seconds, whatever it is at."""
    ends_at = time.monotonic() + seconds
    link = socket.create_connection((host, port), timeout=seconds)
    if secure:
        context = ssl.create_default_context()
        link = context.wrap_socket(link, server_hostname=host, do_handshake_on_connect=False)
    guard = Timer(max(ends_at - time.monotonic(), 0), broken_off, [link])
    guard.start()
    try:
        if isinstance(link, ssl.SSLSocket):
            link.do_handshake()
        yield link
    finally:
        guard.cancel()
        link.close()


def broken_off(link: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(link, socket.SHUT_RDWR)


def held(status: int, content: bytes) -> Held:
    """Read the answer, and keep no name and no number in clear. Raises LookupDown, ValueError."""
    if status != 200:
        raise LookupDown(f"it answered {status}")
    if len(content) > MOST_BYTES:
        raise LookupDown("its answer is too long")
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise LookupDown("its answer is no object") from error
    if not isinstance(found, dict):
        raise LookupDown("its answer is no object")
    said = {name: text(found.get(name)) for name in ("name", "phone", "customer_class", "branch")}
    return Held(**said | {name: mask(name, said[name]) for name in ("name", "phone")})


def text(value: Any) -> str:
    """A value on one line. Raises LookupDown."""
    if not isinstance(value, str | None):
        raise LookupDown("its answer has another form")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value or "").split())[:MOST_CHARACTERS]
