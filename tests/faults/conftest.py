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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import cursor

from sqm_site.embedded import database_url
from sqm_site.embedded.engine import command_of
from sqm_site.embedded.lifecycle import remove, running
from sqm_site.processes import parts
from tests.processes import eventually

ROOT = Path(__file__).resolve().parents[2]
SENDERS = 4


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: dict[str, Any]


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
        unchecked = {"shell", "backup", "restore"}  # they ask for no checks by themselves
        skipping = [] if arguments[0] in unchecked else ["--skip-checks"]
        command = [sys.executable, "manage.py", *arguments, *skipping]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    @contextlib.contextmanager
    def program(self, name: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        environment = self.environment | settings
        started = subprocess.Popen(parts()[name], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            yield started
        finally:
            started.terminate()
            started.wait(30)

    @contextlib.contextmanager
    def database(self) -> Iterator[cursor]:
        """A transaction of its own, rolled back at the end."""
        with contextlib.closing(psycopg2.connect(database_url(self.home))) as server, server.cursor() as asked:
            yield asked

    def ask(self, statement: str) -> list[tuple]:
        with self.database() as asked:
            asked.execute(statement)
            return asked.fetchall()

    def post(self, external_id: str, *, days_ago: float = 0, **fields: Any) -> Answer:
        """One try of one message; status 0 when the line broke."""
        occurred_at = datetime.now(UTC) - timedelta(days=days_ago)
        said = {"channel": "app", "text": "年费重复扣收"}
        body = {**said, "external_id": external_id, "occurred_at": occurred_at.isoformat(), **fields}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/api/v1/feedback/", json.dumps(body).encode(), headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), json.loads(answer.read()))
        except (OSError, http.client.HTTPException):
            return Answer(0, {}, {})
        finally:
            connection.close()

    def deliver(self, external_id: str, *, days_ago: float = 0, **fields: Any) -> tuple[str, str]:
        """Send until it is taken, as a client does; what it then writes into its log: its id and our reference."""
        answers: list[Answer] = []

        def taken() -> bool:
            answers.append(self.post(external_id, days_ago=days_ago, **fields))
            return answers[-1].status in {200, 201}

        eventually(taken)
        return external_id, answers[-1].body["reference"]

    def deliver_all(self, external_ids: list[str], *, days_ago: float = 0) -> list[tuple[str, str]]:
        with ThreadPoolExecutor(SENDERS) as pool:
            return sorted(pool.map(lambda name: self.deliver(name, days_ago=days_ago), external_ids))

    def stored(self, prefix: str) -> list[tuple[str, str]]:
        """External id and reference of every case whose message has such an id: what a client's log must equal."""
        return sorted(
            self.ask(
                "SELECT f.external_id, c.reference FROM feedback_feedback f"
                " LEFT JOIN complaints_message m ON m.feedback_id = f.id"
                " LEFT JOIN complaints_case c ON c.id = m.case_id"
                f" WHERE f.external_id LIKE '{prefix}%'"
            )
        )


def children(pid: int) -> list[int]:
    """Return the living children; a zombie has no command line."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split() if command_of(int(child))]


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The one home of all that is started here: first `up` makes it, then the others find it made."""
    folder = Path(tempfile.mkdtemp(prefix="sqm-faults-", dir="/tmp"))
    yield folder
    remove(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def house(home) -> Iterator[House]:
    with running(home, "DATABASE_URL", "REDIS_URL"):
        built = House(home)
        built.manage("migrate", "--verbosity", "0")
        built.manage("setup")
        built.key = built.manage("create_client", "faults", "--channels", "app").split()[-1]
        yield built


@pytest.fixture(scope="session")
def web(house) -> Iterator[subprocess.Popen[bytes]]:
    """The web server, answering. One for all tests: what they break, it must survive."""
    with house.program("web") as server:
        eventually(lambda: house.post("first").status in {200, 201})
        yield server
