"""One sweep: batches, and what cannot be worked is put aside alone."""

from collections.abc import Collection, Sequence
from datetime import datetime

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from sqm_site.health import readyz
from sqm_site.models import Heartbeat
from sqm_site.sweeping import MOST_SHOWN, RETRY, sweep

pytestmark = pytest.mark.django_db


class Desk:
    """Work on numbers: `bad` ones cannot be done, and take their batch with them."""

    def __init__(self, bad: Collection[int] = (), raising: type[Exception] = ValueError) -> None:
        self.bad, self.raising = {*bad}, raising
        self.done: list[int] = []
        self.tries: list[int] = []
        self.aside: list[int] = []

    def work(self, numbers: Sequence[int]) -> dict[str, int]:
        self.tries.append(len(numbers))
        if self.bad.intersection(numbers):
            raise self.raising("it cannot be done")
        self.done += numbers
        return {"numbers": len(numbers)}

    def isolate(self, number: int, _error: Exception) -> datetime:
        self.aside.append(number)
        return timezone.now() + RETRY

    def sweep(self, *batches: Sequence[int]) -> dict[str, int]:
        return sweep("numbers", batches, self.work, self.isolate)


def beat() -> Heartbeat:
    return Heartbeat.objects.get(name="numbers")


def test_every_batch_is_worked_and_counted():
    desk = Desk()
    assert desk.sweep([1, 2, 3], [4]) == {"numbers": 4}
    assert (desk.done, desk.tries, beat().details) == ([1, 2, 3, 4], [3, 1], {"numbers": 4})


def test_one_bad_row_is_put_aside_alone_and_shown():
    desk = Desk(bad={317})
    assert desk.sweep(range(500), range(500, 510)) == {"numbers": 509}
    assert desk.done == [number for number in range(510) if number != 317]
    assert (desk.aside, len(desk.tries)) == ([317], 20)
    aside = beat().aside(timezone.now())
    assert aside["317"]["error"] == "ValueError"
    assert beat().aside(timezone.now() + RETRY) == {}


def test_what_stands_aside_is_kept_by_the_next_beat_and_named_by_readiness(rf):
    Desk(bad={2}).sweep([1, 2])
    Desk(bad={3}).sweep([3])
    Desk().sweep([4])
    assert set(beat().aside(timezone.now())) == {"2", "3"}
    answer = readyz(rf.get("/"))
    assert b"put aside, see the log: numbers (2)" in answer.content
    assert answer.status_code == 200


def test_the_heartbeat_shows_no_more_than_a_page():
    Desk(bad={*range(30)}).sweep(range(30))
    assert len(beat().isolated) == MOST_SHOWN


def test_a_database_that_goes_away_is_no_bad_row():
    desk = Desk(bad={1}, raising=OperationalError)
    with pytest.raises(OperationalError):
        desk.sweep([1, 2])
    assert (desk.aside, desk.tries) == ([], [2])
    assert not Heartbeat.objects.exists()


def test_a_row_that_takes_the_database_too_long_is_a_bad_row():
    class Slow(Desk):
        def work(self, numbers: Sequence[int]) -> dict[str, int]:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 20")
                cursor.execute("SELECT pg_sleep(%s)", [60 if 2 in numbers else 0])
            return super().work(numbers)

    desk = Slow()
    assert desk.sweep([1, 2, 3]) == {"numbers": 2}
    assert desk.aside == [2]
