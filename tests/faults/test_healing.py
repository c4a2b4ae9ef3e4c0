"""The life of one `up`: it comes up on a fresh home, what it started dies or hangs, and ctrl-c ends it.

Meanwhile intake stays open, or heals by itself.
"""

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from sqm_site.embedded import redis_url
from sqm_site.embedded.engine import command_of
from sqm_site.embedded.lifecycle import status
from sqm_site.embedded.place import place
from sqm_site.embedded.postgres import Postgres
from sqm_site.embedded.valkey import Valkey
from tests.faults.conftest import House
from tests.processes import bare, children, eventually, signals_heard

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="the children of a process are read from /proc")


class Up(House):
    """A home under `manage.py up`."""

    process: subprocess.Popen

    def pid(self, engine) -> int:
        return engine(place(self.home), "").pid()

    def part(self, word: str) -> list[int]:
        return [pid for pid, command in children(self.process.pid).items() if word in command]

    def page(self, path: str, seconds: float = 10) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b"{}"
        finally:
            connection.close()

    def get(self, path: str, seconds: float = 10) -> tuple[int, dict]:
        status, body = self.page(path, seconds)
        return status, json.loads(body)

    def ready(self) -> bool:
        return self.get("/readyz")[1].get("status") == "ready"


@pytest.fixture(scope="module")
def up(home):
    """`manage.py up` as on a bare machine: no address of a server, nothing that unbuffers Python, its output a pipe."""
    built = Up(home)
    built.environment = bare(home, built.port)
    command = [sys.executable, "manage.py", "up"]
    with signals_heard(), in_a_pipe(command, built.environment) as built.process:
        until_it_serves(built.process.stdout.fileno())
        reading = threading.Thread(target=built.process.stdout.read)  # it writes on, and must not wait for us
        reading.start()
        eventually(built.ready, 90)
        built.key = built.manage("create_client", "healing", "--channels", "app").split()[-1]
        yield built
        built.process.terminate()
        built.process.wait(60)
        reading.join()


def in_a_pipe(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **said)


def until_it_serves(pipe: int) -> None:
    """Read no more than is there: a line that is kept back is a failure, not a test that hangs."""
    end, log = time.monotonic() + 120, b""
    while b"SQM serves at" not in log:
        waited = select.select([pipe], [], [], max(end - time.monotonic(), 0))
        said = os.read(pipe, 65536) if waited[0] else b""
        assert said, f"it does not say that it serves:\n{log.decode()}"
        log += said


def test_a_fresh_home_comes_up_and_says_so_at_once(up):
    """N1: what is said reaches a pipe at once; `up` has read it."""
    assert [up.get(path)[0] for path in ("/healthz", "/readyz")] == [200, 200]
    assert up.page("/admin/login/")[0] == 200
    for part in ("gunicorn", "--queues clock", "--queues outside", "sqm_site beat"):
        assert up.part(part), children(up.process.pid)


@pytest.mark.parametrize("engine", [Valkey, Postgres])
def test_a_killed_engine_is_started_again_and_loses_nothing(up, engine):
    """O6: 503 until a person came."""
    before = up.deliver_all([f"killed-{engine.name}-{number}" for number in range(20)])
    killed = up.pid(engine)
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    assert up.deliver(f"killed-{engine.name}-after")
    assert time.monotonic() - began < 30
    eventually(lambda: up.pid(engine) not in {None, killed} and up.ready())
    assert set(before) < set(up.stored(f"killed-{engine.name}-"))


def test_a_redis_that_refuses_to_write_does_not_close_intake(up):
    """O5: a full Valkey ended the worker, the worker's end stopped the web server, and intake was closed."""
    web, worker = up.part("gunicorn")[0], up.part("--queues clock")[0]
    with Redis.from_url(redis_url(up.home)) as broker:
        broker.config_set("maxmemory", "1mb")
        try:
            os.kill(worker, signal.SIGKILL)  # sooner or later it ends by itself
            eventually(lambda: "worker" in up.get("/readyz")[1].get("checks", ()))
            answered, body = up.get("/readyz")
            assert (answered, body["status"]) == (200, "degraded")
            assert body["checks"]["broker"].startswith("refuses to write")
            assert [up.post(f"full-{number}").status for number in range(20)] == [201] * 20
        finally:
            broker.config_set("maxmemory", "0")
    eventually(lambda: up.ready() and up.part("--queues clock") not in ([], [worker]), 60)
    assert up.part("gunicorn")[0] == web


@contextlib.contextmanager
def held(pids):
    """Processes that live and do nothing, as under a disk that hangs."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_liveness_is_answered_while_postgresql_hangs(up):
    """O11: every thread waits for the database; a probe that waits with them would have the servers killed."""
    server = up.pid(Postgres)
    with ThreadPoolExecutor(12) as senders:
        with held([server, *children(server)]):
            sent = [senders.submit(up.post, f"hang-{number}") for number in range(12)]
            time.sleep(1)
            assert not any(one.done() for one in sent)
            for _ in range(4):
                began = time.monotonic()
                assert up.get("/healthz", 2) == (200, {"status": "alive"})
                assert time.monotonic() - began < 1
        assert all(one.result().status in {0, 201, 503} for one in sent)
    log = up.deliver_all([f"hang-{number}" for number in range(12)])
    assert up.stored("hang-") == log
    eventually(up.ready)


def test_ctrl_c_ends_all(up):
    """The last one, for nothing lives after it."""
    below = children(up.process.pid)
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    assert [pid for pid in below if command_of(pid)] == []
    assert not any(status(up.home).values())
