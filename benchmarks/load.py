"""Web servers under gunicorn, and clients that keep their connections and cost little themselves."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqm_site.processes import parts

READY_SECONDS = 60
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass
class Target:
    """An address of a server that runs, and what was measured there."""

    name: str
    port: int
    path: str
    key: str = ""
    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)  # seconds of each request

    def request(self, body: bytes) -> bytes:
        authorization = f"Authorization: Bearer {self.key}\r\n" if self.key else ""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\n{authorization}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@contextlib.contextmanager
def serving(application: str) -> Iterator[int]:
    """Serve this WSGI module as SQM is served; yields the port."""
    port = free_port()
    command = [*parts()["web"][:-1], "--log-level", "warning", application]
    with subprocess.Popen(command, env={**os.environ, "PORT": str(port)}) as server:
        try:
            wait_for(port, server)
            yield port
        finally:
            server.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    sys.exit("A web server did not start; its log is above.")


def press(target: Target, bodies: Iterator[bytes], *, clients: int, seconds: float) -> None:
    """Post from so many clients at once, each as soon as its last post is answered. Adds to `target`."""
    lock = threading.Lock()
    end = time.perf_counter() + seconds
    failures: list[bytes] = []

    def client() -> None:
        with socket.create_connection(("127.0.0.1", target.port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < end and not failures:
                with lock:
                    request = target.request(next(bodies))
                began = time.perf_counter()
                answer = exchange(line, request)
                target.taken.append(time.perf_counter() - began)
                if not answer.startswith(b"HTTP/1.1 201"):
                    failures.append(answer)

    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    target.seconds += time.perf_counter() - began
    if failures:
        sys.exit(f"{target.name} did not take a message: {failures[0].decode(errors='replace')}")


def exchange(line: socket.socket, request: bytes) -> bytes:
    line.sendall(request)
    answer = line.recv(65536)
    while b"\r\n\r\n" not in answer:
        answer += received(line)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    while length and len(body) < int(length[1]):
        body += received(line)
    return head + b"\r\n\r\n" + body


def received(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        sys.exit("A server closed the connection in the middle of an answer.")
    return data
