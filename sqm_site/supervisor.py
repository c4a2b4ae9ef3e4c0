"""Run some programs together with one log. One that ends is started again; all end with whoever started them.

A process of its own (`python -m sqm_site.supervisor`) without Django, so that watching costs little memory.
"""

import contextlib
import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqm_site.pauses import Pauses
from sqm_site.troubles import Troubles

STOP_SECONDS = 25  # gunicorn and Celery finish what they have begun within 20
QUICK_SECONDS = 10  # an essential part that ends sooner than this never served
GIVE_UP_AFTER = 8  # quick ends of an essential part in a row: some two minutes
WAITING_LINES = 10_000  # that nobody reads; more are left out
TICK_SECONDS = 1.0
ASKING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Log:
    """Lines on stdout, written by a thread: a terminal that is held must not hold the watch."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.before = "\r\033[K" if sys.stdout.isatty() else ""  # a bar may stand there: it is drawn again below
        self.lines: queue.Queue[str] = queue.Queue(WAITING_LINES)
        threading.Thread(target=self._write, daemon=True).start()

    def say(self, name: str, text: str) -> None:
        with contextlib.suppress(queue.Full):
            self.lines.put_nowait(f"{self.before}{time.strftime('%H:%M:%S')} {name.ljust(self.width)} | {text}\n")

    def finish(self, seconds: float = 2) -> None:
        """Wait until all is written, but not for ever."""
        end = time.monotonic() + seconds
        while self.lines.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.01)

    def _write(self) -> None:
        while True:
            line = self.lines.get()
            with contextlib.suppress(OSError):  # the reader left (`| tee`); the programs still must be watched
                sys.stdout.write(line)
                sys.stdout.flush()
            self.lines.task_done()


class Part:
    """One program. It leads a session of its own, so that what it leaves behind can be ended with it."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self.command = name, command
        self.pauses = Pauses()
        self.process: subprocess.Popen[bytes] | None = None
        self.rest = b""  # of a line that is not finished
        self.next_start = 0.0  # monotonic

    def start(self) -> int:
        """Start it, and return its number."""
        self.pauses.begin()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.set_blocking(self.output, False)
        return self.process.pid

    @property
    def output(self) -> int:
        assert self.process and self.process.stdout
        return self.process.stdout.fileno()

    def lines(self, *, last: bool = False) -> Iterator[str]:
        """Give what it printed since the last call, by whole lines; at last also what has no end."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.output, 65536):
                self.rest += data
        *whole, self.rest = self.rest.split(b"\n")
        if last and self.rest:
            whole, self.rest = [*whole, self.rest], b""
        yield from (line.decode("utf-8", "replace") for line in whole)

    def ended(self) -> bool:
        """Whether it has ended. It is not yet buried then: its number is still its own."""
        assert self.process
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def bury(self) -> int:
        """End what it left behind in its session, and return its exit code, negative for a signal."""
        assert self.process and self.process.stdout
        self.kill()
        code = self.process.wait()
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def terminate(self) -> None:
        if self.process:
            self.process.terminate()


class Supervisor:
    def __init__(self, commands: dict[str, list[str]], essential: list[str], home: Path) -> None:
        self.parts = [Part(name, command) for name, command in commands.items()]
        self.essential = essential
        self.troubles = Troubles(home)
        self.log = Log(max(map(len, commands)))
        self.starter = os.getppid()
        self.stop_by: float | None = None  # monotonic: then what still runs is killed
        self.code = 128 + signal.SIGTERM
        self.selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Watch until asked to end, or until an essential part is given up. Return the exit code."""
        notes, outer = os.pipe()
        os.set_blocking(notes, False)
        os.set_blocking(outer, False)
        signal.set_wakeup_fd(outer, warn_on_full_buffer=False)
        for number in (*ASKING, signal.SIGQUIT, signal.SIGCHLD):
            signal.signal(number, lambda signum, frame: None)  # the note in the pipe is all we need
        self.selector.register(notes, selectors.EVENT_READ, None)
        while self.stop_by is None or any(part.process for part in self.parts):
            self._start_due()
            for key, _ in self.selector.select(self._seconds_to_wait()):
                if key.data is None:
                    self._obey(os.read(notes, 64))
                else:
                    self._pass_on(key.data)
            self._look()
        self.log.finish()
        return self.code

    def _obey(self, numbers: bytes) -> None:
        if signal.SIGQUIT in numbers or (self.stop_by is not None and ASKING & set(numbers)):
            self._stop(0)
        elif ASKING & set(numbers):
            self._stop(STOP_SECONDS)

    def _stop(self, seconds: float) -> None:
        if self.stop_by is None:
            for part in self.parts:
                part.terminate()
        self.stop_by = time.monotonic() + seconds

    def _seconds_to_wait(self) -> float:
        waiting = [part.next_start for part in self.parts if part.process is None and self.stop_by is None]
        return max(min([*waiting, time.monotonic() + TICK_SECONDS]) - time.monotonic(), 0)

    def _start_due(self) -> None:
        for part in self.parts:
            if part.process is None and self.stop_by is None and part.next_start <= time.monotonic():
                number = part.start()
                self.selector.register(part.output, selectors.EVENT_READ, part)
                self.log.say(part.name, f"started (process {number})")

    def _pass_on(self, part: Part, *, last: bool = False) -> None:
        for line in part.lines(last=last):
            self.log.say(part.name, line)

    def _look(self) -> None:
        if self.stop_by is None and os.getppid() != self.starter:  # after its kill -9 nobody else would end us
            self._stop(STOP_SECONDS)
        for part in self.parts:
            if part.process and part.ended():
                self._after(part)
            elif part.process and self.stop_by is not None and time.monotonic() > self.stop_by:
                part.kill()
            elif part.process and part.pauses.lived() > QUICK_SECONDS:
                self.troubles.end(part.name)

    def _after(self, part: Part) -> None:
        """Bury a part that ended, and say what happens now."""
        self.selector.unregister(part.output)
        self._pass_on(part, last=True)
        code = part.bury()
        if self.stop_by is not None:
            self.troubles.end(part.name)
            return self.log.say(part.name, f"stopped (code {code})")
        pause = part.pauses.fail()
        quick = part.pauses.lived() < QUICK_SECONDS
        if part.name in self.essential and quick and part.pauses.failures in {1, GIVE_UP_AFTER}:
            self.log.say(part.name, f"ended by itself (code {code}); nothing works without it. See above.")
            self.code = 1
            return self._stop(STOP_SECONDS)
        part.next_start = time.monotonic() + pause
        said = f"ended by itself (code {code}, time {part.pauses.failures} in a row); it starts again in {pause:.0f} s."
        self.troubles.tell(part.name, said)
        self.log.say(part.name, said)


def main(starter: str, parts: str, essential: str, home: str) -> int:
    """Run `parts`, JSON of name and command; `essential` are the names, by comma, without which all ends."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without Chinese still gets lines
    supervisor = Supervisor(json.loads(parts), essential.split(","), Path(home))
    supervisor.starter = int(starter)
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
