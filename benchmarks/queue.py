"""What a handler's queue page and the REST list cost with 10 and with 1,000 cases: statements and milliseconds."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.messages import sender, take_in_many
from benchmarks.table import show
from complaints.models import Case
from organization.models import Role, User
from organization.services import create_user, unit_by_code
from organization.services.setup import ROOT

SIZES = (10, 1_000)
TIMES = 30


def run() -> None:
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    handler, _password = create_user("bench.handler", role=Role.HANDLER, unit=unit_by_code(ROOT), at=timezone.now())
    User.objects.filter(pk=handler.pk).update(must_change_password=False)
    desk = Client(SERVER_NAME="localhost")
    desk.force_login(handler, backend=settings.AUTHENTICATION_BACKENDS[1])
    program = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {sender()[1]}"})
    last = Case.objects.aggregate(last=Max("pk", default=0))["last"]  # what other measurements left
    rows: list[tuple[object, ...]] = []
    for size in SIZES:
        mine = Case.objects.filter(pk__gt=last)
        take_in_many(size - mine.count())
        mine.update(owner=handler)
        rows += [
            measured(f"/desk/, {size:,} cases in the queue", partial(desk.get, "/desk/")),
            measured(f"/api/v1/cases/, {size:,} cases", partial(program.get, "/api/v1/cases/")),
        ]
    show("Queue page and REST list", ("", "statements", "median ms"), *rows)


def measured(name: str, ask: Callable[[], Any]) -> tuple[str, int, float]:
    assert ask().status_code == 200  # the first one reads templates
    with CaptureQueriesContext(connection) as statements:
        ask()
    return name, len(statements), statistics.median(milliseconds(ask) for _ in range(TIMES))


def milliseconds(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000
