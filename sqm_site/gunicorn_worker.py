"""A gthread worker that lets nobody hold it by sending slowly (input row R13), by not closing, or with its threads.

/healthz asks whether this process lives. When every thread waits, for a database that hangs, the thread that accepts
answers it: a liveness probe must not kill servers that are well.
"""

import contextlib
import re
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.workers.gthread import TConn, ThreadWorker

READ_SECONDS = 10.0  # for a request; more only as bytes arrive
READ_BYTES_PER_SECOND = 16 * 1024
SEND_SECONDS = 60.0  # for a piece of an answer that nobody takes
CONTINUE = b"HTTP/1.1 100 "
PROBE = re.compile(rb"(GET|HEAD) /healthz HTTP/1\.[01]\r\n(?:[^\r\n]+\r\n)*\r\n")
PROBE_BYTES = 4096  # whoever sends more headers waits for a thread
ALIVE = b'{"status": "alive"}'  # as sqm_site.health.healthz
ALIVE_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n"
) % len(ALIVE)
wsgi.SERVER = "sqm"  # the Server header names no program whose defects could be looked up


class TooSlow(BaseException):
    """The rest of a request did not come in time.

    No Exception, because nobody between the socket and the worker may take it for an error of the view.
    """


class PatientSocket(socket.socket):
    """A socket whose reads share one deadline while a request is read, and are as gunicorn wants them otherwise."""

    reading = False
    started: float | None = None
    received = 0

    def begin(self) -> None:
        """Start the clock of a request; it runs from the first read."""
        self.reading, self.started, self.received = True, None, 0

    def recv(self, *arguments: Any) -> bytes:
        if not self.reading:  # draining and closing have time-outs of their own
            return super().recv(*arguments)
        now = time.monotonic()
        self.started = self.started or now
        left = self.started + READ_SECONDS + self.received / READ_BYTES_PER_SECOND - now
        if left <= 0:
            raise TooSlow
        self.settimeout(left)
        try:
            data = super().recv(*arguments)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.settimeout(SEND_SECONDS)
        self.received += len(data)
        return data

    def send(self, data: Any, *arguments: Any) -> int:
        self._note(data)
        return super().send(data, *arguments)

    def sendall(self, data: Any, *arguments: Any) -> None:
        self._note(data)
        super().sendall(data, *arguments)

    def _note(self, data: Any) -> None:
        if not bytes(data[: len(CONTINUE)]).startswith(CONTINUE):
            self.reading = False


class Worker(ThreadWorker):
    busy = 0  # connections that have a thread or wait for one

    def enqueue_req(self, conn: TConn) -> None:
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(fileno=conn.sock.detach())
        if self.busy >= self.cfg.threads and self._spare_a_thread(conn):
            return
        self.busy += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        self.busy -= 1
        super().finish_request(conn, fs)

    def _spare_a_thread(self, conn: TConn) -> bool:
        """Answer a probe, and let a connection that has sent nothing wait for its first byte outside the pool."""
        conn.sock.setblocking(False)
        try:
            head = conn.sock.recv(PROBE_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            conn.timeout = time.monotonic() + self.cfg.keepalive
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
            return True
        except OSError:
            head = b""
        conn.sock.setblocking(True)
        probe = PROBE.fullmatch(head)
        if probe is None:
            return False
        conn.sock.recv(len(head))
        with contextlib.suppress(OSError):  # whoever asked left
            conn.sock.sendall(ALIVE_HEAD + (ALIVE if probe[1] == b"GET" else b""))
        self.nr_conns -= 1
        conn.close()
        return True

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Refuse HTTP/1.1 without Host (RFC 9112, 3.2): whoever sends it does not know to whom it speaks."""
        if req.version >= (1, 1) and all(name != "HOST" for name, _value in req.headers):
            util.write_error(conn.sock, 400, "Bad Request", "HTTP/1.1 needs a Host header.")
            return False
        return super().handle_request(req, conn)

    def handle(self, conn: TConn) -> Any:
        conn.sock.begin()
        try:
            goes_on = super().handle(conn)
        except TooSlow:
            util.write_error(conn.sock, 408, "Request Timeout", f"The request was not sent within {READ_SECONDS:g} s.")
            goes_on = False
        conn.sock.reading = False
        if not goes_on:
            # Here and not, as gunicorn would, in the one thread that accepts: a client that does not close takes 2 s.
            util.close_graceful(conn.sock)
        return goes_on
