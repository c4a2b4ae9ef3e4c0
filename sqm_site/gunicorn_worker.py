"""A gthread worker that nobody holds by sending slowly or nothing (S6), by not closing, or with its threads.

A connection gets a thread when its request is here: what is idle or slow waits in the poller, where it costs nothing.

/healthz asks whether this process lives. When every thread waits, for a database that hangs, the thread that accepts
answers it: a liveness probe must not kill servers that are well.
"""

import contextlib
import re
import selectors
import time
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http2.negotiation import peer_trusted_for_h2c
from gunicorn.workers.gthread import TConn, ThreadWorker

from sqm_site.patience import HURRIED_SECONDS, READ_SECONDS, PatientSocket, TooSlow

MOST_OF_ADDRESS = 64  # connections of one client to one process; a proxy that gunicorn trusts has as many as it likes
PROBE = re.compile(rb"(GET|HEAD) /healthz HTTP/1\.[01]\r\n(?:[^\r\n]+\r\n)*\r\n")
ALIVE = b'{"status": "alive"}'  # as sqm_site.health.healthz
ALIVE_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n"
) % len(ALIVE)
wsgi.SERVER = "sqm"  # the Server header names no program whose defects could be looked up


class Worker(ThreadWorker):
    busy = 0  # connections that have a thread or wait for one

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.talking: set[PatientSocket] = set()

    def enqueue_req(self, conn: TConn) -> None:
        """Called for a new connection and for one that can be read. Give it a thread if its request is here."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(fileno=conn.sock.detach())
            conn.sock.others_wait = lambda: self.busy > self.cfg.threads
            if not self._has_room_for(conn):
                return self._leave(conn)
        elif conn.parser:  # what a client sent right behind its last request
            conn.sock.heard[:0] = conn.parser.unreader.take_buffered()
        is_there = conn.sock.hear()
        if conn.sock.has_enough():
            if self.busy < self.cfg.threads or not self._answer_probe(conn):
                self._give_thread(conn)
        elif is_there:
            self._wait(conn)
        else:
            self._leave(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        self.busy -= 1
        if conn.parser and conn.sock.heard:  # of the next request: gunicorn looks for it there
            conn.parser.unreader.unread(conn.parser.unreader.take_buffered() + conn.sock.heard)
            conn.sock.heard.clear()
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close what has waited long enough; whoever began to speak is told why."""
        now = time.monotonic()
        for conn in [one for one in self.pending_conns if one.timeout <= now]:
            self.pending_conns.remove(conn)
            self.poller.unregister(conn.sock)
            if conn.sock.heard:
                refuse_slow(conn.sock)
            self._leave(conn)

    def _has_room_for(self, conn: TConn) -> bool:
        self.talking = {one for one in self.talking if one.fileno() >= 0} | {conn.sock}
        if peer_trusted_for_h2c(self.cfg, conn.client):  # the proxy, which speaks for everybody
            return True
        conn.sock.address = conn.client[0]
        return sum(one.address == conn.sock.address for one in self.talking) <= MOST_OF_ADDRESS

    def _give_thread(self, conn: TConn) -> None:
        conn.sock.setblocking(True)
        conn.data_ready = True  # gunicorn need not look at the socket, what there is was heard
        self.busy += 1
        super().enqueue_req(conn)

    def _wait(self, conn: TConn) -> None:
        conn.timeout = conn.sock.waits_until() or time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _leave(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def _answer_probe(self, conn: TConn) -> bool:
        probe = PROBE.fullmatch(conn.sock.heard)
        if probe is None:
            return False
        with contextlib.suppress(OSError):  # whoever asked left
            conn.sock.sendall(ALIVE_HEAD + (ALIVE if probe[1] == b"GET" else b""))
        self._leave(conn)
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
            refuse_slow(conn.sock)
            goes_on = False
        conn.sock.end()
        if not goes_on:
            # Here and not, as gunicorn would, in the one thread that accepts: a client that does not close takes 2 s.
            util.close_graceful(conn.sock)
        return goes_on


def refuse_slow(sock: PatientSocket) -> None:
    with contextlib.suppress(OSError):  # it left
        said = f"The head was not sent within {HURRIED_SECONDS:g} s, or the request within {READ_SECONDS:g} s."
        util.write_error(sock, 408, "Request Timeout", said)
