"""M: what one worker holds another one leaves, and does not wait for. Real threads, committed rows."""

from collections.abc import Callable
from itertools import islice

import pytest
from django.db import transaction

from complaints.errors import NothingToTake
from complaints.models import Case, Clock
from complaints.services import escalating, taking
from tests.cases import taken
from tests.complaints.test_fire_due import LATE
from tests.elsewhere import elsewhere, without_waiting
from tests.people import NOON


def held(*cases: Case) -> Callable[[], object]:
    """What puts these under a lock."""
    return lambda: list(Case.objects.select_for_update().filter(pk__in=[case.pk for case in cases]))


def test_two_who_take_at_once_do_not_wait_for_each_other(transactional_db, integration, handler):
    """M: two people taking at once do not wait for each other."""
    first, second = taken(integration, at=NOON), taken(integration, at=NOON)
    with elsewhere(held(first)), transaction.atomic():
        without_waiting()
        assert taking.take_next(actor=handler, at=NOON) == second
        with pytest.raises(NothingToTake), transaction.atomic():
            taking.take_next(actor=handler, at=NOON)
    assert taking.take_next(actor=handler, at=NOON) == first


def test_a_sweep_does_not_wait_for_a_case_in_other_hands(transactional_db, integration):
    """M: the same of the sweep, of whose batch the others fire."""
    first, second = taken(integration), taken(integration)
    with elsewhere(held(first)), transaction.atomic():
        without_waiting()
        found = escalating.fire_batch([first.pk, second.pk], at=LATE)
    assert found["cases"] == 1
    assert not first.firings.exists() and second.firings.exists()


def test_a_sweep_looks_at_each_case_once_and_at_no_more_than_its_limit(integration, monkeypatch):
    """M: also when nothing of what it found could be fired, because others hold it."""
    monkeypatch.setattr(escalating, "BATCH", 3)
    for _ in range(3):
        taken(integration)
    Clock.objects.update(next_fire_at=LATE)  # the order then hangs on the key alone
    due = list(Clock.objects.order_by("pk").values_list("case_id", flat=True))
    assert [due.count(case_id) for case_id in dict.fromkeys(due)] == [4, 4, 4]

    def batches(*sizes: int) -> list[list[int]]:
        rest = iter(due)
        return [list(dict.fromkeys(islice(rest, size))) for size in sizes]

    assert list(escalating.due_cases(lambda: LATE, 100)) == batches(3, 3, 3, 3)
    assert list(escalating.due_cases(lambda: LATE, 4)) == batches(3, 1)
    assert list(escalating.due_cases(lambda: LATE, 0)) == []
