"""What it costs to take the next case: alone, and fifty who begin their day at once."""

import statistics
import threading
import time
from queue import SimpleQueue

from django.db import connection
from django.utils import timezone

from benchmarks.messages import take_in_many
from benchmarks.table import show
from complaints.services.taking import take_next
from organization.models import Role, User
from organization.services import create_user, unit_by_code
from organization.services.setup import ROOT

WAITING, ALONE, PEOPLE, EACH = 9_000, 100, 50, 8


def run() -> None:
    alone, together, a_second = measured()
    show(
        f"take_next, {WAITING:,} cases waiting",
        ("", "median ms", "p95 ms", "a second"),
        ("alone", statistics.median(alone), alone[ALONE * 95 // 100], 1000 / statistics.mean(alone)),
        (f"{PEOPLE} at once", statistics.median(together), together[len(together) * 95 // 100], a_second),
    )


def measured() -> tuple[list[float], list[float], float]:
    """Milliseconds of each who takes alone and of each of many at once, in order; how many of those a second."""
    unit = unit_by_code(ROOT)
    people = [
        create_user(f"bench.taker{number}", role=Role.HANDLER, unit=unit, at=timezone.now())[0]
        for number in range(PEOPLE)
    ]
    take_in_many(WAITING)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    alone = sorted(taken(people[0])[1] for _ in range(ALONE))
    began = time.perf_counter()
    got = at_once(people)
    lasted = time.perf_counter() - began
    assert len({pk for pk, _took in got}) == len(got)
    return alone, sorted(took for _pk, took in got), len(got) / lasted


def at_once(people: list[User]) -> list[tuple[int, float]]:
    got: SimpleQueue[tuple[int, float]] = SimpleQueue()

    def take(person: User) -> None:
        for _ in range(EACH):
            got.put(taken(person))
        connection.close()

    threads = [threading.Thread(target=take, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [got.get() for _ in range(got.qsize())]


def taken(person: User) -> tuple[int, float]:
    """The id of the case, and milliseconds."""
    began = time.perf_counter()
    case = take_next(actor=User.objects.get(pk=person.pk))
    return case.pk, (time.perf_counter() - began) * 1000
