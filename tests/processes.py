"""Real processes, and what they leave behind."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from sqm_site.embedded.engine import command_of


def children(pid: int) -> dict[int, str]:
    """Return the processes below this one, by their command lines."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            child, _, rest = entry.read_text().partition(" (")
        except OSError:
            continue
        found.setdefault(int(rest.rsplit(") ", 1)[1].split()[1]), []).append(int(child))
    below, waiting = {}, [pid]
    while waiting:
        for child in found.get(waiting.pop(), []):
            below[child] = command_of(child)
            waiting.append(child)
    return below


def eventually(reached, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def listens(port: int) -> bool:
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    return False


def bare(home, port: int) -> dict[str, str]:
    """The environment of a machine without any server, for a home of its own; nothing in it unbuffers Python."""
    ours = {"DATABASE_URL", "REDIS_URL"}
    given = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTHON")}
    own = {"SQM_HOME": str(home), "PORT": str(port), "DJANGO_SETTINGS_MODULE": "sqm_site.settings"}
    return given | own | {"INTAKE_PER_MINUTE": "100000"}


@contextlib.contextmanager
def signals_heard() -> Iterator[None]:
    """A run with nohup or in the background ignores them, and the programs that a test starts would do so too."""
    heard = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    ignored = [number for number in heard if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, heard[number])
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
