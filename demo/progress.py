"""One line that shows how far a step is; on paper, such as a log, a line each quarter.

Other programs write on the same terminal: each of their lines wipes the bar (sqm_site/supervisor.py), and it is drawn
again on the next line.
"""

import threading
import time

from django.core.management.base import OutputWrapper

from sqm_site import stopping

WIDTH = 30
EVERY_SECONDS = 0.1


class Progress:
    """The bar of one step. Any thread may say that one more thing is done."""

    def __init__(self, out: OutputWrapper, step: str, total: int) -> None:
        self.out, self.step, self.total = out, step, total
        self.done = 0
        self.drawn = float("-inf")
        self.lock = threading.Lock()
        self.reach(0)

    def advance(self) -> None:
        with self.lock:
            self.reach(self.done + 1)

    def reach(self, done: int) -> None:
        """Show how far it is. Raises Stopped when somebody asked us to end: between two things it may."""
        stopping.check()
        quarter = 4 * done // max(self.total, 1) > 4 * self.done // max(self.total, 1)
        self.done = done
        if self.out.isatty():
            if done == self.total or time.monotonic() - self.drawn > EVERY_SECONDS:
                self.drawn = time.monotonic()
                self.write("\r" + self.text() + ("\n" if done == self.total else ""))
        elif quarter:
            self.write(self.text() + "\n")

    def text(self) -> str:
        filled = WIDTH * self.done // max(self.total, 1)
        return f"{self.step:<26} [{'#' * filled}{'.' * (WIDTH - filled)}] {self.done} of {self.total}"

    def write(self, text: str) -> None:
        self.out.write(text, ending="")
        self.out.flush()
