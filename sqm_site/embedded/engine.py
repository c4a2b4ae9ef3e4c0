"""What both engines share: known by a token, started once, waited for, stopped cleanly."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.place import Place

WAIT_SECONDS = 300  # a recovery after kill -9 replays what was written; it is never cut short
POLL_SECONDS = 0.02


class Engine:
    """One server of a home. All writing calls are made under the lock of `lifecycle`."""

    name: str
    setting: str
    ending: signal.Signals  # by which it writes everything down and ends

    def __init__(self, here: Place, token: str) -> None:
        self.here = here
        self.token = token
        self.data = here.engines / self.name
        self.log = here.engines / f"{self.name}.log"

    def answering(self) -> str | None:
        """Return the token of whatever answers on our socket, None when nothing does."""
        raise NotImplementedError

    def pid(self) -> int | None:
        """Return the process id that the server wrote down; it may be long gone."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the data folder, or refuse the one that is there."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start the server in a session of its own."""
        raise NotImplementedError

    def halt(self) -> None:
        """Ask the server to write everything down and end."""
        raise NotImplementedError

    def is_ours(self) -> bool:
        found = self.answering()
        if found not in {None, self.token}:
            raise EngineError(f"Another server answers in {self.here.sockets}. Stop it, or set {self.setting}.")
        return found is not None

    def alive(self) -> bool:
        """Whether the process written down is our server: not a zombie, not another that got its number."""
        pid = self.pid()
        return pid is not None and str(self.data) in command_of(pid)

    def start(self) -> None:
        if self.is_ours():
            return
        if not self.alive():
            self.prepare()
            self.launch()
        self._wait(self.is_ours)

    def stop(self) -> None:
        if self.is_ours():
            self.halt()
            self._wait(lambda: not self.alive())

    def dismiss(self) -> None:
        """Ask it to end, and wait for nothing."""
        pid = self.pid()
        if pid is not None and self.alive():
            with contextlib.suppress(OSError):
                os.kill(pid, self.ending)

    def failure(self, output: str = "") -> EngineError:
        """Return the error of a start that failed, from what the server said."""
        said = output + (self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "")
        if "No space left on device" in said:
            return EngineError(f"The disk of {self.here.engines} is full. Make room, or set SQM_HOME to another disk.")
        lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no reason given"]
        reason = next((line for line in reversed(lines) if "FATAL" in line or "rror:" in line), lines[-1])
        return EngineError(f"{self.name} does not start ({reason}). Read {self.log}, or set {self.setting}.")

    def _wait(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not reached():
            if time.monotonic() > end:
                raise self.failure()
            time.sleep(POLL_SECONDS)


def command_of(pid: int) -> str:
    """Return the command line of a process; empty for one that is gone or a zombie."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    found = subprocess.run(["ps", "-wwo", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout
