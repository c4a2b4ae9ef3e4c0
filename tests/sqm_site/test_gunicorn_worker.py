"""Input rows R13, R14 and R16: what the web server itself refuses, over real sockets."""

import contextlib
import os
import select
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sqm_site.gunicorn_worker import MOST_OF_ADDRESS
from sqm_site.patience import ENOUGH_BYTES, READ_BYTES_PER_SECOND, READ_SECONDS, PatientSocket, TooSlow
from tests.processes import eventually, listens

ROOT = Path(__file__).resolve().parents[2]
APP = "tests.sqm_site.counting_app"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@contextlib.contextmanager
def serving(**settings):
    """The product's gunicorn, one process, with an application that answers how many bytes it read."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:sqm_site.gunicorn_conf", APP],
        cwd=ROOT,
        env={**os.environ, "PORT": str(number), "WEB_CONCURRENCY": "1", **settings},
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: listens(number))
    yield number
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def port():
    with serving() as number:
        yield number


def send(port, *pieces):
    """Send pieces a while apart, keep the connection open, and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=READ_SECONDS + 5) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.2 if len(pieces) > 1 else 0)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


def status(answer):
    return int(answer.split(b" ", 2)[1])


def test_a_request_that_never_ends_is_answered_408_within_10_seconds(port):
    halves = [POST[:-2], POST + b"Content-Length: 1000\r\n\r\nhalf a body"]
    begun = time.monotonic()
    with ThreadPoolExecutor() as clients:
        answers = list(clients.map(lambda half: send(port, half), halves))
    assert [status(answer) for answer in answers] == [408, 408]
    assert READ_SECONDS - 1 <= time.monotonic() - begun <= READ_SECONDS + 1


def test_a_request_in_pieces_is_taken(port):
    answer = send(port, POST, b"Connection: close\r\nContent-Length: 9\r\n\r\nhalf", b" body")
    assert status(answer) == 200
    assert answer.endswith(b"9")


def test_a_client_that_waits_for_the_servers_consent_gets_it(port):
    head = POST + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    answer = send(port, head, b"body")
    assert answer.startswith(b"HTTP/1.1 100 Continue")
    assert answer.endswith(b"4")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Content-Length: 4\r\nContent-Length: 5\r\n", 400),
        (b"Transfer-Encoding: xchunked\r\n", 501),
        (b"X-Long: " + b"x" * 9000 + b"\r\n", 431),
        (b"".join(b"X-%d: x\r\n" % number for number in range(101)), 431),
        (b"X-Bare: line\nX-Feed: y\r\n", 400),
    ],
    ids=["two framings", "two lengths", "unknown framing", "long header", "many headers", "bare line feed"],
)
def test_a_request_with_a_doubtful_frame_is_refused(port, head, expected):
    assert status(send(port, POST + head + b"\r\nbody")) == expected


@pytest.fixture
def held(port):
    """Clients that send what they are given and then wait."""
    open_ones = []

    def hold(*sent: bytes) -> list[socket.socket]:
        new = [socket.create_connection(("127.0.0.1", port)) for _ in sent]
        for connection, data in zip(new, sent, strict=True):
            connection.sendall(data)
        open_ones.extend(new)
        return new

    yield hold
    for connection in open_ones:
        connection.close()


def answered(connections):
    return len(select.select(connections, [], [], 0)[0])


WHOLE = POST + b"Connection: close\r\nContent-Length: 4\r\n\r\nbody"


def test_idle_and_slow_clients_hold_nobody_up(port, held):
    """S6: 8 idle sockets held all threads for 10 s, and 10 slow senders for 10 s more."""
    idle = held(*[b""] * 8)
    slow = held(*[POST[:-3]] * 5, *[POST + b"Content-Length: 1000\r\n\r\nhalf a body"] * 5)
    assert status(send(port, WHOLE)) == 200
    assert answered([*idle, *slow]) == 0, "nobody was sent away for it"


def test_who_stops_in_a_large_body_gives_its_thread_to_others(port, held):
    """S6: the 4 threads read from the first 4; the others wait, and so does the request."""
    large = held(*[POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * ENOUGH_BYTES] * 6)
    assert status(send(port, WHOLE)) == 200
    assert 4 <= answered(large) < 6


def test_one_address_has_so_many_connections_and_a_trusted_proxy_as_many_as_it_likes(port, held):
    """S6: enough idle connections, and the server took no more."""
    assert answered(held(*[b""] * (MOST_OF_ADDRESS + 1))) == 0
    assert status(send(port, WHOLE)) == 200
    with serving(FORWARDED_ALLOW_IPS="192.0.2.1") as other, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", other))) for _ in range(MOST_OF_ADDRESS + 1)]
        assert idle[-1].recv(1) == b"", "closed at once"
        assert answered(idle[:-1]) == 0
        idle[0].close()
        eventually(lambda: took_one_more(other))


def took_one_more(port):
    """Whether there was room: the server hears of an end a moment later than of a beginning."""
    with contextlib.suppress(ConnectionError):
        return send(port, WHOLE).startswith(b"HTTP/1.1 200")


def test_requests_that_come_together_are_answered_one_after_the_other(port):
    body = b"x" * 20_000
    first = POST + b"Content-Length: 20000\r\n\r\n" + body
    answer = send(port, first + first + WHOLE[:40], WHOLE[40:])
    assert [part.rpartition(b"\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b"20000", b"20000", b"4"]


def test_a_connection_is_patient_anew_with_every_request(port):
    large = POST + b"Content-Length: 200000\r\n\r\n" + b"x" * 100_000
    answer = send(port, large, b"x" * 100_000, WHOLE[:30], WHOLE[30:50], WHOLE[50:])
    assert answer.count(b"HTTP/1.1 200 OK") == 2


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    patient = PatientSocket(fileno=ours.detach())
    patient.begin()
    yield patient, theirs
    patient.close()
    theirs.close()


@pytest.mark.parametrize(
    ("sent", "enough"),
    [
        (b"", False),
        (POST, False),
        (POST + b"\r\n", True),
        (POST + b"Content-Length: 9\r\n\r\nhalf", False),
        (POST + b"content-length:9\r\n\r\nwhole one", True),
        (POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n", True),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", True),
        (POST + b"Content-Length: 9999999\r\n\r\n" + b"x" * ENOUGH_BYTES, True),
        (b"x" * ENOUGH_BYTES, True),
    ],
)
def test_a_thread_is_given_when_it_has_something_to_do(pair, sent, enough):
    patient, client = pair
    client.settimeout(5)
    for start in range(0, len(sent), 1000):
        client.sendall(sent[start : start + 1000])
        assert patient.hear()
        patient.has_enough()
    assert patient.has_enough() is enough
    assert patient.heard == sent


def test_bytes_that_come_earn_time(pair):
    patient, client = pair
    client.sendall(b"x" * READ_BYTES_PER_SECOND)
    received = 0
    while received < READ_BYTES_PER_SECOND:
        received += len(patient.recv(65536))
    patient.started -= READ_SECONDS + 0.5
    client.sendall(b"y")
    assert patient.recv(1) == b"y"
    patient.started -= 1
    with pytest.raises(TooSlow):
        patient.recv(1)


def test_a_request_after_a_slow_answer_starts_a_new_clock(pair):
    patient, client = pair
    client.sendall(b"last")
    patient.recv(4)
    patient.started -= READ_SECONDS + 1
    patient.begin()
    client.sendall(b"next")
    assert patient.recv(4) == b"next"


def test_gunicorns_own_time_outs_hold_after_the_answer(pair):
    patient, _ = pair
    patient.sendall(b"HTTP/1.1 200 OK\r\n")
    patient.settimeout(0.05)
    with pytest.raises(TimeoutError):
        patient.recv(1)


def test_clients_that_never_close_do_not_stop_the_worker(port):
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    for connection in held:
        connection.sendall(b"nonsense\r\n\r\n")
    begun = time.monotonic()
    assert status(send(port, POST + b"Connection: close\r\nContent-Length: 0\r\n\r\n")) == 200
    assert time.monotonic() - begun < 6, "4 threads close 8 connections, 2 s each"
    for connection in held:
        connection.close()


def test_http_1_1_without_a_host_is_400_and_1_0_is_not(port):
    """S20"""
    assert status(send(port, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")) == 400
    assert status(send(port, b"GET / HTTP/1.0\r\n\r\n")) == 200


def test_the_server_header_names_no_program_with_known_defects(port):
    """S20"""
    answer = send(port, POST, b"Connection: close\r\nContent-Length: 0\r\n\r\n")
    assert b"Server: sqm\r\n" in answer and b"gunicorn" not in answer.lower()
