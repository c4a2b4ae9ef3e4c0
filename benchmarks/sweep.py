"""The sweep: nothing due, all rungs of cases that came in weeks late, 10,000 due clocks by one and by two workers."""

import gc
import multiprocessing
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, connections
from django.utils import timezone

from benchmarks.messages import take_in_many
from benchmarks.table import show
from complaints.models import Clock, Firing
from complaints.services.escalating import fire_due

CASES = 10_000  # each with four clocks
CLOCKS = 10_000
LATE_CASES = 250  # each with four due clocks
LATE = timedelta(days=18)  # past the 15 days of the law, with every rung but the last ones
TIMES = 50
ALL = 1_000_000


def run() -> None:
    take_in_many(CASES)
    fire_due()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    gc.freeze()  # as a worker does
    empty = statistics.median(timed(fire_due) for _ in range(TIMES))
    rows: list[tuple[object, ...]] = [("nothing due", 0, 0, 1000 * empty, "")]
    take_in_many(LATE_CASES, occurred_at=timezone.now() - LATE)
    rows.append(swept(f"{LATE_CASES:,} cases {LATE.days} days late", timezone.now(), by_one))
    rows.append(swept("the first clock of each, one worker", moment_of(CLOCKS), by_one))
    rows.append(swept("the next ones, two workers", moment_of(CLOCKS), by_two))
    show("Sweep", ("", "due clocks", "rungs", "ms", "clocks/s"), *rows)


def moment_of(number: int) -> datetime:
    """When so many clocks are due, or all that run if they are fewer."""
    moments = Clock.objects.filter(next_fire_at__isnull=False).order_by("next_fire_at")
    moment = list(moments.values_list("next_fire_at", flat=True)[:number])[-1]
    assert moment is not None
    return moment


def swept(name: str, at: datetime, act: Callable[[datetime], float]) -> tuple[str, int, int, float, int]:
    """Its name, due clocks, rungs, milliseconds, clocks a second."""
    due = Clock.objects.filter(next_fire_at__lte=at).count()
    fired = Firing.objects.count()
    seconds = act(at)
    assert not Clock.objects.filter(next_fire_at__lte=at).exists()
    return name, due, Firing.objects.count() - fired, 1000 * seconds, round(due / seconds)


def by_one(at: datetime) -> float:
    return timed(partial(fire_due, at=at, limit=ALL))


def by_two(at: datetime) -> float:
    """Two processes at once, as two workers whose ticks come together."""
    connections.close_all()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(timed, [fire_due, fire_due])  # connected, and what is remembered is read
        return timed(partial(pool.map, by_one, [at, at]))


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
