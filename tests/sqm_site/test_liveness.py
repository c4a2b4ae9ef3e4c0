"""O11: /healthz while every thread of a worker waits."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.test import RequestFactory

from sqm_site.gunicorn_worker import ALIVE
from sqm_site.health import healthz
from tests.processes import eventually, listens

ROOT = Path(__file__).resolve().parents[2]
THREADS = 4
QUICK = b"GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PROBE = b"GET /healthz HTTP/1.1\r\nHost: 10.0.0.7:8000\r\n\r\n"


@pytest.fixture
def port():
    """The product's gunicorn with one process, all threads of which wait for ever."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:sqm_site.gunicorn_conf", "tests.sqm_site.hanging_app"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(number), "WEB_CONCURRENCY": "1"},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    eventually(lambda: listens(number))
    assert ask(number, QUICK).startswith(b"HTTP/1.1 200")
    waiting = [socket.create_connection(("127.0.0.1", number)) for _ in range(THREADS + 2)]
    for connection in waiting:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    time.sleep(0.3)
    yield number
    for connection in waiting:
        connection.close()
    os.killpg(server.pid, signal.SIGKILL)  # the waiting threads would keep a worker for ever
    server.wait()


def ask(port, *pieces, seconds=3):
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.1 if len(pieces) > 1 else 0)
        answer = b""
        while data := connection.recv(4096):
            answer += data
        return answer


@pytest.mark.parametrize("late", [False, True], ids=["with the connection", "a moment later"])
def test_a_probe_is_answered_while_every_thread_waits(port, late):
    """O11: /healthz hung as long as the database, and the liveness probe killed healthy servers."""
    pieces = (
        [b"", b"GET /healthz HTTP/1.1\r\nHost: 10.0.0.7:8000\r\n\r\n"] if late else [b"GET /healthz HTTP/1.1\r\n\r\n"]
    )
    began = time.monotonic()
    for _ in range(5):
        head, _, body = ask(port, *pieces).partition(b"\r\n\r\n")
        assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", ALIVE)
    assert time.monotonic() - began < 3


def test_only_whole_probes_are_answered_there(port):
    assert ask(port, b"HEAD /healthz HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n")
    for other in (
        b"GET /healthz/x HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost:",
        b"POST /healthz HTTP/1.1\r\n\r\n",
    ):
        with pytest.raises(TimeoutError):
            ask(port, other, seconds=0.7)


def test_the_answer_is_that_of_the_view():
    assert json.loads(healthz(RequestFactory().get("/healthz")).content) == json.loads(ALIVE)
