"""The roll-up: differences, a count anew and a count by hand give the same figures."""

import threading
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Q, Sum

from complaints.models import Case, CaseEvent, Unread
from complaints.verbs import closing, handling, ownership
from quality import cells
from quality.measures import GROUPINGS, MEASURES
from quality.models import CaseFact, Cell
from quality.tasks import refresh_touched_cells
from sqm_site.models import Heartbeat
from tests.cases import taken
from tests.nights import either
from tests.people import NOON
from tests.quality.histories import Histories, counted_by_hand

KEY = ("unit_id", "grouping", "period", "starts_on", "dimension")
SOMETHING = Q(*[(name, 0) for name in MEASURES], _connector="AND")


def everything() -> dict:
    """All cells that say something, and all facts."""
    cell_rows = Cell.objects.exclude(SOMETHING).values_list(*KEY, *MEASURES)
    facts = CaseFact.objects.values()
    return {"cells": sorted(cell_rows), "facts": sorted(({**row, "id": 0} for row in facts), key=str)}


def from_cells() -> Counter:
    counts: Counter = Counter()
    for cell in Cell.objects.filter(grouping="unit+channel", period="day"):
        for name in MEASURES:
            counts[cell.unit_id, cell.dimension, cell.starts_on, name] += getattr(cell, name)
    return +counts


@pytest.mark.parametrize("seed", range(either(day=4, night=100)))
def test_random_histories_in_random_batches_equal_a_rebuild_and_a_count_by_hand(
    seed, integration, handler, lead, outsider
):
    histories = Histories(seed, integration, checker=lead)
    for _ in range(90):
        histories.step()
        if histories.random.random() < 0.3:
            cells.refresh(limit=histories.random.randint(1, 9))
    cells.refresh_all()

    refreshed = everything()
    assert from_cells() == counted_by_hand()
    cells.rebuild()
    assert everything() == refreshed
    assert Case.objects.filter(round__gt=1).exists(), "a history without a second round proves little"


def test_every_grouping_adds_up_to_its_unit(integration, handler, lead, outsider):
    histories = Histories(7, integration, checker=lead)
    for _ in range(40):
        histories.step()
    cells.refresh_all()

    sums = Cell.objects.values("grouping", "period").annotate(**{name: Sum(name) for name in MEASURES})
    totals = {(row.pop("grouping"), row.pop("period")): row for row in sums}
    assert set(totals) == {(grouping, period) for grouping in GROUPINGS for period in ("day", "month")}
    assert len({tuple(row.items()) for row in totals.values()}) == 1


def test_an_event_that_changes_no_figure_changes_no_cell(case, handler):
    cells.refresh_all()
    before = everything()
    handling.note(case.reference, actor=handler, at=NOON, text="已核对流水。")

    assert cells.refresh() == cells.Refreshed(events=1, cases=1)
    assert everything() == before


def test_a_batch_takes_a_fixed_number_of_statements(integration, django_assert_num_queries):
    taken(integration)
    with django_assert_num_queries(7):  # the time, what is unread, savepoint and release, the lock, the claim, the sums
        cells.refresh()
    for _ in range(20):
        taken(integration)
    with django_assert_num_queries(7):
        assert cells.refresh().cases == 20


def test_it_leaves_what_other_readers_have_not_read(case):
    cells.refresh_all()
    assert set(Unread.objects.values_list("reader", flat=True)) == {"seal"}


def test_a_rebuild_since_a_day_leaves_earlier_months(integration):
    taken(integration)
    cells.refresh_all()
    Cell.objects.filter(grouping="unit", starts_on="2026-11-23").update(received_complaints=5, starts_on="2026-09-01")
    call_command("rebuild_kpis", "--since", "2026-11-15", verbosity=0)

    assert set(Cell.objects.filter(starts_on="2026-09-01").values_list("received_complaints", flat=True)) == {5}
    assert Cell.objects.get(grouping="unit", period="month", starts_on="2026-11-01").received_complaints == 1


def test_the_task_refreshes_and_beats(case):
    refresh_touched_cells()
    assert Heartbeat.objects.get(name="refresh touched cells").details == {"events": 1, "cases": 1}
    assert CaseFact.objects.get().case == case


@pytest.mark.django_db(transaction=True)
def test_two_refreshers_at_once_count_everything_once(integration):
    cases = [taken(integration) for _ in range(30)]

    def work() -> None:
        for _ in range(20):
            cells.refresh(limit=4)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number, case in enumerate(cases):
        closing.withdraw(case.reference, actor=integration.user, at=NOON, evidence=f"REC-{number}")
    for thread in threads:
        thread.join()
    cells.refresh_all()

    assert CaseEvent.objects.count() == 60
    assert from_cells() == counted_by_hand()


def test_a_case_that_moves_takes_its_figures_along(owned, handler, outsider):
    cells.refresh_all()
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="outsider", reason="归属北京")
    ownership.accept(owned.reference, actor=outsider, at=NOON)
    cells.refresh_all()

    assert from_cells() == counted_by_hand()
    assert {key[0] for key in from_cells()} == {outsider.memberships.get().unit_id}
