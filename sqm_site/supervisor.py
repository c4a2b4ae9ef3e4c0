"""Run some programs together with one log; when one ends, all end.

A process of its own (`python -m sqm_site.supervisor`) without Django, so that watching costs little memory.
"""

import contextlib
import json
import os
import shlex
import signal
import sys
from types import FrameType

from honcho import manager as honcho
from honcho.printer import Message, Printer

STOP_SECONDS = 25  # gunicorn and Celery finish what they have begun within 20
ASKED = {128 + signal.SIGINT, 128 + signal.SIGTERM}


class Log(Printer):
    def write(self, message: Message) -> None:
        with contextlib.suppress(BrokenPipeError):  # the reader left (`| tee`); the programs still must be stopped
            super().write(message)


def main(starter: str, parts: str) -> int:
    """Run `parts`, JSON of name and command, until one ends or the process `starter` is gone. Return the exit code."""
    honcho.KILL_WAIT = STOP_SECONDS
    manager = honcho.Manager(Log(sys.stdout))
    for name, command in json.loads(parts).items():
        manager.add_process(name, f"exec {shlex.join(command)}")
    _end_with(int(starter))
    manager.loop()
    if manager.returncode in ASKED:
        return manager.returncode
    print("A part ended by itself: the first one stopped above. The others were stopped too.", flush=True)
    return manager.returncode if manager.returncode and manager.returncode > 0 else 1


def _end_with(starter: int) -> None:
    """Look once a second whether the starter lives: after its kill -9 nobody else would end us."""

    def look(signum: int, frame: FrameType | None) -> None:
        if os.getppid() != starter:
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
