"""The sweep by one worker: nothing due, one rung of 1,000 cases, and all rungs of cases that came in weeks late."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.utils import timezone

from benchmarks.messages import take_in_many
from benchmarks.table import show
from complaints.models import Clock
from complaints.services.escalating import Swept, fire_due

CASES = 1_000
LATE_CASES = 250  # each with four due clocks
LATE = timedelta(days=18)  # past the 15 days of the law, with every rung but the last ones
TIMES = 50


def run() -> None:
    take_in_many(CASES)
    fire_due()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    empty = statistics.median(timed(fire_due)[0] for _ in range(TIMES))
    rows: list[tuple[object, ...]] = [("nothing due", 0, 0, 0, 1000 * empty)]
    take_in_many(LATE_CASES, occurred_at=timezone.now() - LATE)
    rows.append(swept(f"{LATE_CASES:,} cases {LATE.days} days late", timezone.now()))
    moments = Clock.objects.filter(next_fire_at__isnull=False).order_by("next_fire_at")
    last = moments.values_list("next_fire_at", flat=True)[CASES - 1]
    assert last is not None
    rows.append(swept(f"{CASES:,} cases, their first rung", last))
    show("Sweep by one worker", ("", "due clocks", "cases", "rungs", "ms"), *rows)


def swept(name: str, at: datetime) -> tuple[object, ...]:
    due = Clock.objects.filter(next_fire_at__lte=at)
    before = due.count()
    seconds, fired = timed(partial(fire_due, at=at, limit=CASES))
    return name, before - due.count(), fired.cases, fired.rungs, 1000 * seconds


def timed(act: Callable[[], Swept]) -> tuple[float, Swept]:
    began = time.perf_counter()
    done = act()
    return time.perf_counter() - began, done
