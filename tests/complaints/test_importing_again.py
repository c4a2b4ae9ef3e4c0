"""P9: an import has a name and its rows numbers, so that no row comes in twice, whatever happens to the import."""

import threading
from dataclasses import replace
from itertools import islice

import pytest
from django.db import DatabaseError, connection, transaction

from complaints.models import Case, CaseEvent, ImportedRow, Unread
from complaints.newrows import new_row
from complaints.services import importing
from complaints.services.importing import Laid, lay_down
from complaints.services.replaying import differences
from complaints.services.verifying import broken_chains
from organization.models import Role, User
from organization.services import create_entity
from tests.complaints.test_importing import finished  # noqa: F401
from tests.elsewhere import PATIENCE, elsewhere
from tests.people import NOON, person


def brought(rows, source="一月.xlsx", **changes) -> Laid:
    return lay_down(rows, actor=User.system(), at=NOON, source=source, **changes)


@pytest.fixture
def rows(finished):  # noqa: F811
    return [finished(subject=f"第{number}件年费争议") for number in range(1, 8)]


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 3)


def subjects() -> list[str]:
    return sorted(Case.objects.values_list("subject", flat=True))


def test_what_was_brought_twice_is_here_once(rows, small_batches):
    heard = []
    assert brought(rows) == Laid(stored=7)
    assert brought(rows, done=heard.append) == Laid(stored=0, skipped=7)
    assert heard == [3, 6, 7]
    assert (Case.objects.count(), CaseEvent.objects.count(), Unread.objects.count()) == (7, 7, 14)
    numbers = ImportedRow.objects.order_by("number").values_list("number", "case__subject")
    assert list(numbers) == [(number, row.subject) for number, row in enumerate(rows, 1)]
    assert list(broken_chains()) == [] and [fault for case in Case.objects.all() for fault in differences(case)] == []


def test_a_file_that_has_grown_brings_what_is_new(rows, small_batches):
    brought(rows[:4])
    assert brought(rows) == Laid(stored=3, skipped=4)
    assert subjects() == sorted(row.subject for row in rows)


@pytest.mark.parametrize("whole", [0, 1, 4])
def test_an_import_that_was_broken_off_goes_on_where_it_stood(whole, rows, small_batches):
    """Whether what it reads fails, or what it writes: the batches before are here, of the one at work nothing is."""

    def breaking():
        yield from rows[:whole]
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        brought(breaking())
    here = whole - whole % 3
    assert Case.objects.count() == ImportedRow.objects.count() == here
    assert brought(rows) == Laid(stored=7 - here, skipped=here)
    assert subjects() == sorted(row.subject for row in rows)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_in_a_batch_has_written_none_of_it(rows, small_batches, monkeypatch):
    remember = importing.remember

    def die(batch, cases, source):
        remember(batch, cases, source)
        if batch[0][0] == 4:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(importing, "remember", die)
    with pytest.raises(DatabaseError):
        brought(rows)
    connection.close()
    monkeypatch.setattr(importing, "remember", remember)
    assert Case.objects.count() == ImportedRow.objects.count() == 3
    assert brought(rows) == Laid(stored=4, skipped=3)
    assert subjects() == sorted(row.subject for row in rows)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_bring_every_row_once(rows, small_batches):
    """The second waits for the batch that the first has not committed, and then finds it here."""
    laid, failed = [], []

    def bring() -> None:
        try:
            laid.append(brought(rows))
        except Exception as error:  # noqa: BLE001 the test looks at it
            failed.append(error)
        finally:
            connection.close()

    with elsewhere(lambda: brought(islice(rows, 3))) as may_commit:
        others = [threading.Thread(target=bring) for _ in range(2)]
        for other in others:
            other.start()
        others[0].join(1)
        assert all(other.is_alive() for other in others)
        may_commit.set()
        for other in others:
            other.join(PATIENCE)
    assert failed == []
    assert sum(one.stored for one in laid) == 4 and all(sum(one) == 7 for one in laid)
    assert subjects() == sorted(row.subject for row in rows)


def test_two_imports_of_different_names_do_not_know_each_other(rows):
    brought(rows)
    assert brought(rows, source="二月.xlsx") == Laid(stored=7)


def test_without_a_name_every_row_comes_in(rows):
    for _ in range(2):
        assert brought(rows, source="") == Laid(stored=7)
    assert not ImportedRow.objects.exists()


def test_another_legal_entity_has_its_own_import_of_the_same_name(rows):
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
    owner = person("stranger", Role.HANDLER, abroad)
    theirs = [replace(row, unit=abroad, owner=owner) for row in rows]
    brought(rows)
    assert brought(theirs) == Laid(stored=7)
    assert brought([*rows[:3], *theirs[3:]]) == Laid(stored=0, skipped=7)
    assert set(ImportedRow.objects.values_list("legal_entity__code", flat=True)) >= {"other"}
    ours = Case.objects.filter(owner=rows[0].owner).first()
    with pytest.raises(DatabaseError), transaction.atomic():
        ImportedRow.objects.filter(legal_entity=abroad.legal_entity).update(case=ours)


def test_what_is_here_is_reported_also_when_the_planner_cannot_be_told(rows, monkeypatch):
    """It was reported as failed after everything was stored, and whoever believed it brought it again."""
    monkeypatch.setattr(importing, "WRITTEN", [type("Gone", (), {"_meta": type("Meta", (), {"db_table": "gone"})})])
    assert brought(rows) == Laid(stored=7)
    assert Case.objects.count() == 7


def test_the_planner_is_told_however_long_it_takes(rows):
    limits = []

    def watch(execute, sql, params, many, context):
        if sql.startswith("ANALYZE"):
            limits.append(limit())
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10s'")
    with connection.execute_wrapper(watch):
        brought(rows)
    assert (limits, limit()) == (["0"], "10s")


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("row", [CaseEvent, Case])
def test_a_row_made_quickly_is_the_row_that_the_model_makes(row, case, handler):
    above = {"case": case, "actor": handler} if row is CaseEvent else {"owner": handler, "team": None}
    quick, slow = new_row(row, above), row(**above)
    assert {name: value for name, value in vars(quick).items() if name != "_state"} == {
        name: value for name, value in vars(slow).items() if name != "_state"
    }
    assert quick._state.adding and quick._state.db is None
    assert all(getattr(quick, name) == one for name, one in above.items())
    lists = [name for name, value in vars(quick).items() if isinstance(value, list | dict)]
    assert lists and not any(getattr(quick, name) is getattr(new_row(row, above), name) for name in lists)
