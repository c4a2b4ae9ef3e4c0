"""The queue page of a handler with 10 and with 1,000 cases: statements and milliseconds. `make bench ARGS=queue`"""

import statistics
import time

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.ground import branch, program, table, taken

SIZES = (10, 1_000)
TIMES = 20


def main() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    at = timezone.now()
    unit, handler = branch("queue", at)
    client, _key = program(unit, at)
    page = Client()
    page.force_login(handler, backend=settings.AUTHENTICATION_BACKENDS[1])
    rows, there = [], 0
    for size in SIZES:
        for _ in range(size - there):
            taken(client, at)
        there = size
        page.get("/desk/")  # templates are read once
        with CaptureQueriesContext(connection) as statements:
            assert page.get("/desk/").status_code == 200
        rows.append((f"{size:,} cases: statements (at most 10)", str(len(statements))))
        rows.append((f"{size:,} cases: median of {TIMES}", f"{statistics.median(timed(page)):.1f} ms"))
    table("Queue page", rows)


def timed(page: Client) -> list[float]:
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        page.get("/desk/")
        found.append((time.perf_counter() - began) * 1000)
    return found


if __name__ == "__main__":
    main()
