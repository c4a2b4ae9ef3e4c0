"""The anchor file: one line a seal, outside the database, that only ever grows.

A line reads `moment sequence hash length digest`: length and digest are of what stands before them, so that a line that
a crash tore off is told from one that was changed. A torn last line is closed by the next writer, with ` torn`.
"""

import hashlib
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

LINE = re.compile(r"((\S+) ([0-9]+) ([0-9a-f]{64})) ([0-9]+) ([0-9a-f]{16})")
TORN = " torn"
LINE_BYTES = 200  # at most


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
        file.seek(max(path.stat().st_size - 4 * LINE_BYTES, 0))
        found = parse(file.read().decode("ascii", errors="replace"))
    return found.anchors[-1] if found.anchors else None


def append(path: Path, anchor: Anchor) -> None:
    """Write one more line and see it on the disk, after closing a line that an earlier writer did not finish."""
    with path.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(end - 1, 0))
        closing = f"{TORN}\n" if file.read(1) not in {b"", b"\n"} else ""
        file.write(f"{closing}{anchor.line()}\n".encode("ascii"))
        file.flush()
        os.fsync(file.fileno())


def _anchor(line: str) -> Anchor | None:
    match = LINE.fullmatch(line)
    if match is None or len(match[1]) != int(match[5]) or _digest(match[1]) != match[6]:
        return None
    return Anchor(datetime.fromisoformat(match[2]), int(match[3]), match[4])


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("ascii")).hexdigest()[:16]
