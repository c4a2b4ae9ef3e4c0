"""A house of its own for faults: real engines, web and worker in a temporary home, which the tests break."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from sqm_site.embedded import database_url
from sqm_site.embedded.engine import command_of
from sqm_site.embedded.lifecycle import remove, running
from sqm_site.processes import parts

ROOT = Path(__file__).resolve().parents[2]
SENDERS = 4


class House:
    """The engines run; `web` and `worker` start the programs."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        given = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self.environment = given | {
            "SQM_HOME": str(home),
            "PORT": str(self.port),
            "INTAKE_PER_MINUTE": "100000",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "sqm_site.settings",
        }
        self.key = ""

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments, "--skip-checks"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    @contextlib.contextmanager
    def program(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        started = subprocess.Popen(parts()[name], cwd=ROOT, env=self.environment, stderr=subprocess.DEVNULL)
        try:
            yield started
        finally:
            started.terminate()
            started.wait(30)

    def ask(self, statement: str) -> tuple:
        with contextlib.closing(psycopg2.connect(database_url(self.home))) as server, server.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()

    def post(self, external_id: str, *, days_ago: float = 0) -> tuple[int, dict[str, str]]:
        """One try of one message: status and headers; status 0 when the line broke."""
        occurred_at = datetime.now(UTC) - timedelta(days=days_ago)
        said = {"channel": "app", "text": "年费重复扣收"}
        body = {**said, "external_id": external_id, "occurred_at": occurred_at.isoformat()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/api/v1/feedback/", json.dumps(body).encode(), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, dict(answer.headers)
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def deliver(self, external_id: str, *, days_ago: float = 0) -> None:
        """Send until it is taken, as a client does."""
        end = time.monotonic() + 30
        while self.post(external_id, days_ago=days_ago)[0] not in {200, 201}:
            assert time.monotonic() < end, f"{external_id} was never taken"
            time.sleep(0.1)

    def deliver_all(self, external_ids: list[str], *, days_ago: float = 0) -> None:
        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(lambda name: self.deliver(name, days_ago=days_ago), external_ids))


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split() if command_of(int(child))]


def eventually(reached, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="sqm-faults-", dir="/tmp"))
    try:
        with running(folder, "DATABASE_URL", "REDIS_URL"):
            built = House(folder)
            built.manage("migrate", "--verbosity", "0")
            built.manage("setup")
            built.key = built.manage("create_client", "faults", "--channels", "app").split()[-1]
            yield built
    finally:
        remove(folder)
        shutil.rmtree(folder)


@pytest.fixture
def web(house) -> Iterator[subprocess.Popen[bytes]]:
    """The web server, answering."""
    with house.program("web") as server:
        eventually(lambda: house.post("first")[0] in {200, 201})
        yield server
