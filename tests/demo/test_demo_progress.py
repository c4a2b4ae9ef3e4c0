"""What the demonstration shows while it works."""

import contextlib
import io
import os
import pty
import re
import sys
import time
from collections.abc import Callable, Iterator

from django.core.management.base import OutputWrapper

from demo.progress import Progress
from sqm_site.processes import serving
from tests.processes import eventually

BAR = re.compile(r"Messages come in +\[#*\.*\] \d+ of 40")
LINE = re.compile(r"\d\d:\d\d:\d\d worker \| (mail \d+ to a customer|started .*)")
MAILS = """
import time
for number in range(20):
    print("mail", number, "to a customer")
    time.sleep(0.1)
time.sleep(300)
"""


def seen(written: str) -> list[str]:
    """The lines as they stand on the screen of a terminal in the end."""
    lines, column = [""], 0
    for piece in re.findall(r"\x1b\[K|.", written, re.DOTALL):
        if piece == "\n":
            lines.append("")
            column = 0
        elif piece == "\r":
            column = 0
        elif piece == "\x1b[K":
            lines[-1] = lines[-1][:column]
        else:
            lines[-1] = lines[-1][:column] + piece + lines[-1][column + 1 :]
            column += 1
    return [line for line in lines if line]


@contextlib.contextmanager
def on_a_terminal() -> Iterator[Callable[[], str]]:
    """Make our standard output a terminal; gives a function that says what was written to it."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    kept = os.dup(1)
    os.dup2(theirs, 1)

    def read() -> str:
        text = b""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(ours, 65536):
                text += data
        return text.decode()

    try:
        yield read
    finally:
        os.dup2(kept, 1)
        for end in (ours, theirs, kept):
            os.close(end)


def test_a_bar_and_the_lines_of_the_worker_stay_whole_on_one_terminal():
    """N2: mails stood in the middle of the bars."""
    written: list[str] = []
    with on_a_terminal() as read, open(1, "w", closefd=False) as out:
        bar = Progress(OutputWrapper(out), "Messages come in", 40)
        with serving({"worker": [sys.executable, "-c", MAILS]}):
            for _ in range(40):
                time.sleep(0.05)
                bar.advance()
            eventually(lambda: written.append(read()) or "mail 19" in "".join(written))
    lines = seen("".join(written))
    assert [line for line in lines if not BAR.fullmatch(line) and not LINE.fullmatch(line)] == []
    assert len([line for line in lines if LINE.fullmatch(line)]) == 21
    assert [line for line in lines if BAR.fullmatch(line)][-1].endswith("] 40 of 40")


def test_on_paper_a_bar_is_a_line_each_quarter():
    paper = io.StringIO()
    bar = Progress(OutputWrapper(paper), "Messages come in", 40)
    for _ in range(40):
        bar.advance()
    assert [line.split("] ")[1] for line in paper.getvalue().splitlines()] == [f"{n} of 40" for n in (10, 20, 30, 40)]
