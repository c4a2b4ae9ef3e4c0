"""The roll-up: differences, a count anew and a count by hand give the same figures."""

import threading
from collections import Counter
from random import Random

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Q, Sum

from complaints.models import Case, CaseEvent, Unread
from complaints.services.replaying import retold_otherwise
from complaints.verbs import ending, handling, ownership
from organization.models import Role, User
from quality import cells
from quality.measures import GROUPINGS, MEASURES
from quality.models import CaseFact, Cell, Stay
from quality.tasks import refresh_touched_cells
from sqm_site.models import Heartbeat
from tests.cases import TAKEN_BACK, taken
from tests.nights import either
from tests.people import NOON, person
from tests.quality.histories import Histories, counted_by_hand

KEY = ("unit_id", "grouping", "period", "starts_on", "dimension")
SOMETHING = Q(*[(name, 0) for name in MEASURES], _connector="AND")


@pytest.fixture
def people(
    branch, other_branch, handler, colleague, lead, supervisor, dispatcher, receiver, outsider
) -> dict[str, User]:
    """Everybody of two branches who has something to do with cases."""
    there = person("there", Role.SUPERVISOR, other_branch)
    other_branch.receiver = person("post", Role.DISPATCHER, other_branch)
    other_branch.save()
    checkers = [person("checker", Role.APPROVER, branch), person("checks there", Role.APPROVER, other_branch)]
    everybody = [
        handler, colleague, lead, supervisor, dispatcher, receiver, outsider, there, other_branch.receiver, *checkers,
    ]  # fmt: skip
    return {one.username: one for one in everybody}


def everything() -> dict:
    """All cells that say something, and all facts."""
    cell_rows = Cell.objects.exclude(SOMETHING).values_list(*KEY, *MEASURES)
    facts = CaseFact.objects.values()
    found = {"facts": facts, "stays": Stay.objects.values()}
    return {"cells": sorted(cell_rows)} | {
        name: sorted(({**row, "id": 0} for row in rows), key=str) for name, rows in found.items()
    }


def from_cells() -> Counter:
    counts: Counter = Counter()
    for cell in Cell.objects.filter(grouping="unit+channel", period="day"):
        for name in MEASURES:
            counts[cell.unit_id, cell.dimension, cell.starts_on, name] += getattr(cell, name)
    return +counts


@pytest.mark.parametrize("seed", range(either(day=1, night=25)))
def test_random_histories_in_random_batches_equal_a_rebuild_and_a_count_by_hand(seed, integration, people):
    """B4: a case nobody could lead on was found by nobody, since the test of it read the workflow and not the rows."""
    histories, chance = Histories(seed, integration, people), Random(seed)
    for _ in range(130):
        histories.step()
        if chance.random() < 0.3:
            cells.refresh(limit=chance.randint(1, 9))
    cells.refresh_all()

    refreshed = everything()
    assert from_cells() == counted_by_hand()
    cells.rebuild()
    assert everything() == refreshed
    assert not list(retold_otherwise(Case.objects.all()))
    assert histories.stuck == []


def test_people_do_everything_that_there_is(integration, people):
    """Without refusals, returns and second rounds the histories prove little."""
    histories = Histories(111, integration, people)
    wanted = {"refuse", "return_decision", "transfer", "accept", "dispute", "reopen", "notify"}
    for _ in range(600):
        if wanted <= histories.done.keys():
            return
        histories.step()
    pytest.fail(f"never done: {wanted - histories.done.keys()}")


def test_every_grouping_adds_up_to_its_unit(integration, people):
    histories = Histories(11, integration, people)
    for _ in range(either(day=60, night=240)):
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
    with django_assert_num_queries(8):  # the time, what is unread, savepoint and release, lock, claim, sums and stays
        cells.refresh()
    for _ in range(20):
        taken(integration)
    with django_assert_num_queries(8):
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
    for case in cases:
        ending.withdraw(case.reference, actor=integration.user, at=NOON, **TAKEN_BACK)
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
