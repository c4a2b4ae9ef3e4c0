"""A socket that hears a request before anybody waits for it, and does not wait for ever (input row R13)."""

import contextlib
import re
import socket
import time
from collections.abc import Callable
from typing import Any

READ_SECONDS = 10.0  # for a request; more only as bytes arrive
HURRIED_SECONDS = 2.0  # for its head; and for the rest of it, when others wait for its thread
READ_BYTES_PER_SECOND = 16 * 1024
LOOK_SECONDS = 0.25  # how often a waiting thread looks whether others wait for it
SEND_SECONDS = 60.0  # for a piece of an answer that nobody takes
ENOUGH_BYTES = 64 * 1024  # of a request are heard before a thread reads the rest
CONTINUE = b"HTTP/1.1 100 "
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", re.IGNORECASE)
EXPECT = re.compile(rb"\r\nexpect:", re.IGNORECASE)  # the body comes only when somebody asked for it


class TooSlow(BaseException):
    """The rest of a request did not come in time.

    No Exception, because nobody between the socket and the worker may take it for an error of the view.
    """


class PatientSocket(socket.socket):
    """A socket whose reads share one deadline while a request is read, and are as gunicorn wants them otherwise.

    heard        what the client sent of its next request, read before all else
    others_wait  whether somebody would use the thread that reads here
    """

    others_wait: Callable[[], bool] = staticmethod(lambda: False)
    address = ""
    reading = False
    started: float | None = None
    received = 0
    needed: int | None = None  # bytes until a thread has something to do; not known before the head is whole
    searched = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.heard = bytearray()

    def hear(self) -> bool:
        """Take what has come, without waiting. Returns False when the client has left."""
        self.setblocking(False)
        try:
            data = super().recv(ENOUGH_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.heard += data
        return bool(data)

    def has_enough(self) -> bool:
        """Whether a thread has something to do: a whole head, and a small body or the beginning of a large one."""
        if self.heard and self.started is None:
            self.started = time.monotonic()
        if self.needed is None:
            end = self.heard.find(HEAD_END, self.searched)
            self.searched = max(len(self.heard) - len(HEAD_END), 0)
            if end >= 0:
                self.needed = min(end + len(HEAD_END) + announced(self.heard[: end + 2]), ENOUGH_BYTES)
        return len(self.heard) >= (self.needed or ENOUGH_BYTES)

    def waits_until(self) -> float | None:
        """The monotonic moment by which the next piece must come; None before the first."""
        if self.started is None:
            return None
        if self.needed is None:
            return self.started + HURRIED_SECONDS
        return self.started + READ_SECONDS + len(self.heard) / READ_BYTES_PER_SECOND

    def begin(self) -> None:
        """Start the clock of the reading thread; it runs from the first read that has to wait for the client."""
        self.end()
        self.reading = True

    def end(self) -> None:
        """The request is over, or another: nothing of the next one is known yet."""
        self.reading, self.started, self.received = False, None, 0
        self.needed, self.searched = None, 0

    def recv(self, size: int, *arguments: Any) -> bytes:
        if self.heard:
            data = bytes(self.heard[:size])
            del self.heard[:size]
            return data
        if not self.reading:  # draining and closing have time-outs of their own
            return super().recv(size, *arguments)
        self.started = self.started or time.monotonic()
        try:
            while (left := self._left()) > 0:
                self.settimeout(min(left, LOOK_SECONDS))
                with contextlib.suppress(TimeoutError):
                    data = super().recv(size, *arguments)
                    self.received += len(data)
                    return data
            raise TooSlow
        finally:
            self.settimeout(SEND_SECONDS)

    def _left(self) -> float:
        assert self.started is not None
        seconds = HURRIED_SECONDS if self.others_wait() else READ_SECONDS
        return self.started + seconds + self.received / READ_BYTES_PER_SECOND - time.monotonic()

    def send(self, data: Any, *arguments: Any) -> int:
        self._note(data)
        return super().send(data, *arguments)

    def sendall(self, data: Any, *arguments: Any) -> None:
        self._note(data)
        super().sendall(data, *arguments)

    def _note(self, data: Any) -> None:
        if not bytes(data[: len(CONTINUE)]).startswith(CONTINUE):
            self.reading = False


def announced(head: bytes | bytearray) -> int:
    """How many bytes of a body are on their way unasked. gunicorn says later whether the head is right."""
    length = LENGTH.search(head)
    return int(length[1]) if length and not EXPECT.search(head) else 0
