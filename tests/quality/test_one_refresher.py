"""M: one process at a time writes cells, and a rebuild from a day on keeps the whole month."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from complaints.models import Unread
from quality import cells
from quality.models import CaseFact, Cell
from tests.cases import taken
from tests.elsewhere import PATIENCE, elsewhere
from tests.people import NOON


def in_a_thread(act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        act()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_one_process_at_a_time_refreshes(integration):
    """M: a second one does nothing meanwhile, and does not wait."""
    taken(integration)
    waiting = Unread.objects.filter(reader=cells.READER).count()
    with elsewhere(lambda: cells.refresh(limit=1)):
        taken(integration)
        assert cells.refresh() == cells.Refreshed()
        assert Unread.objects.filter(reader=cells.READER).count() == waiting + 1
    assert cells.refresh() == cells.Refreshed(events=1, cases=1)


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_waits_for_a_refresh_that_runs(integration):
    """M: else it would count a case that the refresh adds once more."""
    taken(integration)
    with elsewhere(cells.refresh) as may_commit:
        rebuilding = in_a_thread(cells.rebuild)
        rebuilding.join(0.5)
        assert rebuilding.is_alive()
        may_commit.set()
        rebuilding.join(PATIENCE)
    assert not rebuilding.is_alive()
    assert CaseFact.objects.count() == 1
    months = Cell.objects.filter(grouping="unit", period="month")
    assert months.aggregate(Sum("received_complaints")) == {"received_complaints__sum": 1}


def test_a_rebuild_since_a_day_counts_the_first_of_its_month(integration):
    """M: rebuild --since keeps the first day of the month, and the last of the month before."""
    first = NOON.replace(day=1)
    taken(integration, at=first)
    taken(integration, at=first - timedelta(days=1))
    cells.refresh_all()
    days = Cell.objects.filter(grouping="unit", period="day", received_complaints=1)
    before = sorted(days.values_list("starts_on", flat=True))
    assert before == [date(2026, 10, 31), date(2026, 11, 1)]
    cells.rebuild(since=date(2026, 11, 15))
    assert sorted(days.values_list("starts_on", flat=True)) == before
    Cell.objects.update(received_complaints=7)
    cells.rebuild(since=date(2026, 11, 1))
    october = Cell.objects.filter(grouping="unit", starts_on__lt=date(2026, 11, 1))
    assert set(october.values_list("received_complaints", flat=True)) == {7}
    assert sorted(days.values_list("starts_on", flat=True)) == [date(2026, 11, 1)]
