"""M: what one worker holds another one leaves, and does not wait for. Real threads, committed rows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from complaints.errors import NothingToTake
from complaints.models import Case, Clock
from complaints.services import escalating, taking
from tests.cases import taken
from tests.complaints.test_fire_due import LATE
from tests.people import NOON

PATIENCE = 20  # seconds


@contextmanager
def held_elsewhere(*cases: Case) -> Iterator[None]:
    """Another connection has these rows under its lock meanwhile."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(Case.objects.select_for_update().filter(pk__in=[case.pk for case in cases]))
            held.set()
            done.wait(PATIENCE)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(PATIENCE)
    try:
        yield
    finally:
        done.set()
        thread.join()


def without_waiting() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 500")  # whoever waits fails


def test_two_who_take_at_once_do_not_wait_for_each_other(transactional_db, integration, handler):
    """M: two people taking at once do not wait for each other."""
    first, second = taken(integration, at=NOON), taken(integration, at=NOON)
    with held_elsewhere(first), transaction.atomic():
        without_waiting()
        assert taking.take_next(actor=handler, at=NOON) == second
        with pytest.raises(NothingToTake), transaction.atomic():
            taking.take_next(actor=handler, at=NOON)
    assert taking.take_next(actor=handler, at=NOON) == first


def test_a_sweep_does_not_wait_for_a_case_in_other_hands(transactional_db, integration):
    """M: the same of the sweep, of whose batch the others fire."""
    first, second = taken(integration), taken(integration)
    with held_elsewhere(first), transaction.atomic():
        without_waiting()
        found = escalating.fire_batch([first.pk, second.pk], at=LATE)
    assert found["cases"] == 1
    assert not first.firings.exists() and second.firings.exists()


def test_a_sweep_looks_at_each_case_once_and_at_no_more_than_its_limit(integration, monkeypatch):
    """M: also when nothing of what it found could be fired, because others hold it."""
    monkeypatch.setattr(escalating, "BATCH", 2)
    for _ in range(3):
        taken(integration)
    moment = LATE
    Clock.objects.update(next_fire_at=moment)  # the order then hangs on the key alone
    due = Clock.objects.filter(next_fire_at__lte=LATE).order_by("next_fire_at", "pk")
    of_clocks = list(due.values_list("case_id", flat=True))
    assert len(of_clocks) == 12

    every = list(escalating.due_cases(lambda: LATE, 100))
    assert [case for batch in every for case in batch] == [
        case for start in range(0, 12, 2) for case in dict.fromkeys(of_clocks[start : start + 2])
    ]
    limited = list(escalating.due_cases(lambda: LATE, 5))
    assert limited == [list(dict.fromkeys(of_clocks[:2])), list(dict.fromkeys(of_clocks[2:4])), of_clocks[4:5]]
    assert list(escalating.due_cases(lambda: LATE, 0)) == []
