"""Asking ClamAV about a file: its daemon by a socket, in the INSTREAM protocol (man 8 clamd), with time-outs for all.

No library: the clients on the package index are of 2014 and know no time-out. The daemon must be set to call what it
cannot look through (`AlertExceedsMax yes`), else it calls a file that is too large for it clean.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

CONNECT_SECONDS, ANSWER_SECONDS = 5, 60
PIECE = 64 * 1024  # bytes; clamd takes pieces of any size up to StreamMaxLength
LONGEST_ANSWER = 4096
SAID = re.compile(r"stream: (?:(?P<name>.+) FOUND|(?P<ok>OK)|(?P<error>.+) ERROR)", re.DOTALL)
ADDRESS = re.compile(r"clamd:(?:unix:(?P<path>/.+)|tcp:(?P<host>[^:]+|\[[^\]]+\]):(?P<port>\d{1,5}))")
# What clamd calls a file that it could not look through: it found nothing, and did not look everywhere.
LIMITED = re.compile(r"Heuristics\.(?:Limits\.Exceeded|Encrypted)")
NAME_LENGTH = 100
NOT_OF_A_NAME = re.compile(r"[^\w.:/ ()+-]", re.ASCII)


class ScannerDown(Exception):
    """Nobody answered, or not as a scanner does: ask again later. The sentence says what happened."""


@dataclass(frozen=True)
class Found:
    """What a scanner says. name: of what it found, or why it could not look; clean: it found nothing

    looked  False: it could not look through all of it
    """

    name: str = ""
    looked: bool = True

    @property
    def clean(self) -> bool:
        return self.looked and not self.name


def place_of(setting: str) -> tuple[int, Any] | None:
    """How a socket reaches the scanner of a setting; None: it is written wrongly."""
    found = ADDRESS.fullmatch(setting)
    if found is None:
        return None
    if found["path"]:
        return socket.AF_UNIX, found["path"]
    return socket.AF_INET, (found["host"].strip("[]"), int(found["port"]))


def scan(content: bytes) -> Found:
    """Have one file looked through. Raises ScannerDown."""
    try:
        with connected() as link:
            link.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                link.sendall(len(piece).to_bytes(4, "big") + piece)
            link.sendall(bytes(4))
            return heard(answer(link))
    except OSError as error:  # refused, reset, or silent for too long
        raise ScannerDown(f"{type(error).__name__}: {error}") from error


def pings() -> bool:
    """Whether the scanner answers at all."""
    try:
        with connected() as link:
            link.sendall(b"zPING\0")
            return answer(link) == "PONG"
    except OSError:
        return False


@contextmanager
def connected() -> Iterator[socket.socket]:
    place = place_of(settings.SCANNER)
    if place is None:
        raise ScannerDown("SCANNER is written wrongly: see `manage.py check`.")
    family, address = place
    by_path = family == socket.AF_UNIX
    with socket.socket(family) if by_path else socket.create_connection(address, CONNECT_SECONDS) as link:
        if by_path:
            link.settimeout(CONNECT_SECONDS)
            link.connect(address)
        link.settimeout(ANSWER_SECONDS)
        yield link


def answer(link: socket.socket) -> str:
    """What is said up to the NUL that ends it."""
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        piece = link.recv(LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0\n").decode(errors="replace")


def heard(said: str) -> Found:
    """Raises ScannerDown for what is no answer about the file."""
    match = SAID.fullmatch(said)
    if match is None or match["error"]:
        raise ScannerDown(f"clamd says: {said[:200] or 'nothing'}")
    if match["ok"]:
        return Found()
    name = NOT_OF_A_NAME.sub("_", match["name"])[:NAME_LENGTH]
    return Found(name, looked=not LIMITED.match(name))
