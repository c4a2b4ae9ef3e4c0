"""What everything costs among CASES cases: a column of the table of benchmarks/million.py.

FIGURES in the environment names a file into which the figures go as JSON, too.
"""

import json
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks import pages, rollup, searching, seed, sweep, taking
from benchmarks.intake import INTAKE
from benchmarks.messages import posted_bodies, sender
from benchmarks.parts import Door
from benchmarks.requests import api_requests, desk_requests
from benchmarks.seeded import at_desk, branch, handler, head, seeded
from benchmarks.table import show
from complaints.models import Unread
from complaints.services.importing import lay_down
from organization.models import User
from quality import cells

TIMES = 5  # of each address and reader, after one
POSTS, IMPORTED = 600, 5_000
DUE = 100_000  # clocks, or all there are
WORDS = ("信用卡", "年费")

Figure = tuple[str, float]


def run() -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    cases = seeded().cases
    found = [*seed_figures(), *page_figures(), *cpu_figures(), *search_figures(), *take_figures()]
    found += [*intake_figures(), *rollup_figures(), *sweep_figures()]
    show(f"Among {cases:,} cases", ("", "measured"), *found)
    if "FIGURES" in os.environ:
        Path(os.environ["FIGURES"]).write_text(json.dumps(found))


def seed_figures() -> Iterator[Figure]:
    rooms = seed.rooms()
    yield "seed, cases a second, keys and indexes with them", seeded().a_second
    yield "kB a case", sum(rows + indexes for _table, rows, indexes in rooms) / 1000


def page_figures() -> Iterator[Figure]:
    """p95 of all addresses of a kind, by who asks."""
    for who, user in (("head office", head()), ("region", branch()), ("branch", at_counter()), ("handler", handler())):
        client, took = at_desk(user), defaultdict[str, list[float]](list)
        for kind, address, query in (*api_requests(), *desk_requests(user)):
            ask = partial(client.get, address, query)
            assert ask().status_code == 200, (who, address, query)
            took[kind] += [searching.milliseconds(ask) for _ in range(TIMES)]
        for kind, times in took.items():
            yield f"{kind}, {who}, p95 ms", p95(times)


def at_counter() -> User:
    """Of the first branch of the first region."""
    return User.objects.get(username="l101.a")


def cpu_figures() -> Iterator[Figure]:
    for name, client, address in pages.requests():
        yield f"page of fifty, {name}, CPU ms", pages.cpu(client, address)


def search_figures() -> Iterator[Figure]:
    client = at_desk(head())
    for word in WORDS:
        ask = partial(client.get, "/desk/cases/", {"q": word})
        yield f"search {word}, p95 ms", p95([searching.milliseconds(ask) for _ in range(4 * TIMES)])
        yield f"search {word}, recall of what is not left out", searching.recall(head(), word)


def take_figures() -> Iterator[Figure]:
    alone, together, a_second = taking.measured()
    yield "take_next alone, median ms", statistics.median(alone)
    yield "take_next, fifty at once, p95 ms", p95(together)
    yield "take_next, fifty at once, a second", a_second


def intake_figures() -> Iterator[Figure]:
    """One process and no socket."""
    door, bodies = Door(INTAKE, sender()[1]), posted_bodies()
    for _ in range(POSTS // 4):
        door.post(next(bodies))
    began = time.perf_counter()
    for _ in range(POSTS):
        door.post(next(bodies))
    yield "intake, a second", POSTS / (time.perf_counter() - began)


def rollup_figures() -> Iterator[Figure]:
    at, chance = timezone.now(), random.Random("scale")
    workers = rollup.institution(at)
    began = time.perf_counter()
    lay_down(rollup.history(workers, at, chance, IMPORTED), actor=User.system(), at=at)
    yield "import, cases a second", IMPORTED / (time.perf_counter() - began)
    yield "rebuild of the figures, s", rollup.timed(cells.rebuild)
    Unread.objects.filter(reader=cells.READER).delete()
    rollup.touch(chance)
    yield "1,000 changed cases, s", rollup.timed(lambda: cells.refresh(rollup.CHANGED))


def sweep_figures() -> Iterator[Figure]:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    for name, act in (("one worker", sweep.by_one), ("two workers", sweep.by_two)):
        _name, due, _rungs, milliseconds, a_second = sweep.swept(name, sweep.moment_of(DUE), act)
        yield f"sweep, {name}: due clocks", float(due)
        yield f"sweep, {name}: seconds", milliseconds / 1000
        yield f"sweep, {name}: clocks a second", float(a_second)


def p95(times: list[float]) -> float:
    return sorted(times)[len(times) * 95 // 100]
