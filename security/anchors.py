"""The anchor file: one line a seal, outside the database, that only ever grows.

A line reads `moment sequence hash length digest`: length and digest are of what stands before them, so that a line that
a crash tore off is told from one that was changed. A torn last line is closed by the next writer, with ` torn`.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

LINE = re.compile(r"((\S+) ([0-9]+) ([0-9a-f]{64})) ([0-9]+) ([0-9a-f]{16})")
TORN = " torn"
LINE_BYTES = 200  # at most
LINES_AT_ONCE = 2_000


@dataclass(frozen=True)
class Anchor:
    at: datetime
    sequence: int
    hash: str

    def line(self) -> str:
        body = f"{self.at.isoformat()} {self.sequence} {self.hash}"
        return f"{body} {len(body)} {_digest(body)}"


@dataclass
class Found:
    """What the file says: its anchors, lines that were changed, and whether the last one was torn off."""

    anchors: list[Anchor] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    torn: str = ""


def read(path: Path) -> Found:
    return parse(path.read_bytes().decode("ascii", errors="replace"))


def length_of(path: Path) -> int:
    """How many bytes the file has now, no line half written; 0 for no file."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        return file.seek(0, os.SEEK_END)


def batches(path: Path, length: int | None = None) -> Iterator[Found]:
    """The file as it was when it had `length` bytes, some lines at a time."""
    remaining = length_of(path) if length is None else length
    with path.open("rb") as file:
        while lines := list(islice(file, LINES_AT_ONCE)):
            written = b"".join(lines)[:remaining]
            remaining -= len(written)
            yield parse(written.decode("ascii", errors="replace"))
            if not remaining:
                break


def parse(written: str) -> Found:
    found = Found()
    *lines, found.torn = written.split("\n")
    for line in lines:
        if anchor := _anchor(line):
            found.anchors.append(anchor)
        elif not line.endswith(TORN):
            found.damaged.append(line)
    return found


def last(path: Path) -> Anchor | None:
    """Return the newest whole anchor; None for none, or no file."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        return _last(file)


def append(path: Path, anchors: Sequence[Anchor]) -> int:
    """Write those that are newer than the last line, oldest first, and see them on the disk. Returns how many.

    One process at a time. A line that an earlier writer did not finish is closed before.
    """
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
        last = _last(file)
        newer = [one for one in anchors if last is None or (one.at, one.sequence) > (last.at, last.sequence)]
        end = file.seek(0, os.SEEK_END)
        file.seek(max(end - 1, 0))
        closing = f"{TORN}\n" if newer and file.read(1) not in {b"", b"\n"} else ""
        file.write("".join([closing, *(f"{one.line()}\n" for one in newer)]).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    return len(newer)


def _last(file: BinaryIO) -> Anchor | None:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(end - 4 * LINE_BYTES, 0))
    found = parse(file.read().decode("ascii", errors="replace"))
    return found.anchors[-1] if found.anchors else None


def _anchor(line: str) -> Anchor | None:
    match = LINE.fullmatch(line)
    if match is None or len(match[1]) != int(match[5]) or _digest(match[1]) != match[6]:
        return None
    return Anchor(datetime.fromisoformat(match[2]), int(match[3]), match[4])


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("ascii")).hexdigest()[:16]
