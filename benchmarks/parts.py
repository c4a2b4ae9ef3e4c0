"""Where the time of one intake goes: statements counted, CPU time split by sampling the stack of this process."""

import io
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connection

# The innermost frame of one of these decides; everything else is the framework.
PARTS = {
    "SQL: driver and transaction": ("/django/db/backends/", "/django/db/transaction", "/django/db/utils"),
    "SQL: rows and statements built": ("/django/db/", "/sqm_site/inserting"),
    "key and limit": ("/organization/authentication", "/organization/limits", "/redis/"),
    "validation": ("/sqm_site/parsers", "/sqm_site/fields", "/rest_framework/fields", "/rest_framework/serializers"),
    "sealing, redaction, hashes": ("/security/",),
    "deadlines": ("/sla/",),
    "customer, case, event": ("/feedback/", "/complaints/", "/organization/"),
}
FRAMEWORK = "framework"
TICK_SECONDS = 0.001


class Door:
    """The product's WSGI application in this process, without a socket."""

    def __init__(self, path: str, key: str) -> None:
        self.application: Callable[..., Any] = get_wsgi_application()
        self.environment = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
        }

    def post(self, body: bytes) -> None:
        environment = {**self.environment, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        answer = self.application(environment, lambda status, headers: None)
        assert answer.status_code == 201, answer.content
        answer.close()


def statements(door: Door, bodies: Iterator[bytes]) -> int:
    """Statements of one intake; BEGIN and COMMIT and the health check of the connection come on top."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        door.post(next(bodies))
    return len(seen)


def split(door: Door, bodies: Iterator[bytes], requests: int) -> dict[str, float]:
    """Milliseconds of CPU time per request: by part in this process, and in the database's."""
    found: Counter[str] = Counter()

    def sample(_signal: int, frame: FrameType | None) -> None:
        found[part_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, sample)
    began, database_began = time.process_time(), database_seconds()
    signal.setitimer(signal.ITIMER_PROF, TICK_SECONDS, TICK_SECONDS)
    for _ in range(requests):
        door.post(next(bodies))
    signal.setitimer(signal.ITIMER_PROF, 0)
    web, database = time.process_time() - began, database_seconds() - database_began
    signal.signal(signal.SIGPROF, before)
    each = 1000 / requests
    shares = {part: web * each * found[part] / found.total() for part in (FRAMEWORK, *PARTS)}
    return shares | {"web process": web * each, "PostgreSQL process": database * each}


def part_of(frame: FrameType | None) -> str:
    while frame is not None:
        for part, places in PARTS.items():
            if any(place in frame.f_code.co_filename for place in places):
                return part
        frame = frame.f_back
    return FRAMEWORK


def database_seconds() -> float:
    """CPU time so far of the server process behind our connection. Linux only; elsewhere 0."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")
