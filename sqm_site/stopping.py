"""Ctrl-C, SIGTERM and a closed terminal as a flag: work ends at the next point where it may, never in mid-line.

An exception raised by a signal handler is lost where Python cannot pass it on (a finalizer, a callback), so no handler
here raises, and none waits for the main thread, which may be inside a driver: the kernel's note goes to a thread.
A second signal ends the process at once.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_SECONDS = 0.5  # `timeout` and some shells send one request twice: to the program and to its group
AT_ONCE_CODE = 130

ASKED = threading.Event()
AT_ONCE: list[Callable[[], object]] = []  # what a second signal does before it ends the process


class Stopped(BaseException):
    """Somebody asked us to end. No Exception, because no work in between may take it for a failure of its own."""


def check() -> None:
    """Raise Stopped if somebody asked us to end: long work calls it between two steps."""
    if ASKED.is_set():
        raise Stopped


def wait(seconds: float) -> bool:
    """Sleep, but wake up when somebody asks us to end. Return whether somebody did."""
    return ASKED.wait(seconds)


@contextlib.contextmanager
def at_once(act: Callable[[], object]) -> Iterator[None]:
    """While the block runs, a second signal calls `act` before it ends the process; the last ones come first."""
    AT_ONCE.append(act)
    try:
        yield
    finally:
        AT_ONCE.remove(act)


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """Let signals ask the block to end: `check` raises in it, `wait` returns. Only in the main thread."""
    ASKED.clear()
    inner, outer = os.pipe()
    os.set_blocking(outer, False)
    watcher = threading.Thread(target=_watch, args=(inner,), daemon=True, name="signals")
    watcher.start()
    kept_fd = signal.set_wakeup_fd(outer, warn_on_full_buffer=False)
    # A signal that was ignored before stays so: whoever starts us with nohup means it.
    heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    kept = {number: signal.signal(number, lambda signum, frame: None) for number in heard}
    try:
        yield
    except Stopped:
        pass
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(kept_fd)
        os.close(outer)  # the watcher reads the end
        watcher.join()
        os.close(inner)
        ASKED.clear()


def _watch(notes: int) -> None:
    first: float | None = None
    while numbers := os.read(notes, 64):
        if not set(numbers) & {int(number) for number in SIGNALS}:
            continue
        now = time.monotonic()
        if first is None:
            first = now
            ASKED.set()
        elif now - first > AGAIN_SECONDS:
            _end()


def _end() -> None:
    for act in reversed(AT_ONCE):
        with contextlib.suppress(Exception):  # whatever fails here, the next ones are called and the process ends
            act()
    os._exit(AT_ONCE_CODE)
