"""P8: the figures are counted anew beside those that everybody reads, and change places with them in one moment."""

import io
import re
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.db.models import Sum

from complaints.models import Unread
from complaints.verbs import ending
from quality import cells, swapping
from quality.models import CaseFact, Cell
from security import backups
from sqm_site import dumps
from tests.cases import TAKEN_BACK, taken
from tests.elsewhere import PATIENCE, elsewhere
from tests.people import NOON
from tests.processes import eventually

TABLES = (cells.FACT, cells.CELL)
CASES = 12
NAMES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'quality%%' ORDER BY 1"
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counted(integration):
    """Some cases that are in the figures."""
    cases = [taken(integration) for _ in range(CASES)]
    cells.refresh_all()
    return cases


def received() -> int:
    return Cell.objects.filter(grouping="unit", period="month").aggregate(n=Sum("received_complaints"))["n"]


def sums() -> list[tuple]:
    """All cells that say something."""
    names = [*cells.MEASURES]
    return sorted(row for row in Cell.objects.values_list(*cells.KEY.split(", "), *names) if any(row[-len(names) :]))


def asked(query: str, *given: object) -> list:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall() if cursor.description else []


def shapes() -> list[swapping.Shape]:
    return [swapping.shape_of(table) for table in TABLES]


class Rebuilding(threading.Thread):
    """A rebuild with a connection of its own. `failed`: what it raised."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: Exception | None = None
        self.pid = 0

    def run(self) -> None:
        try:
            ((self.pid,),) = asked("SELECT pg_backend_pid()")
            cells.rebuild()
        except Exception as error:  # noqa: BLE001 the test looks at it
            self.failed = error
        finally:
            connection.close()


def read_both() -> None:
    asked(f"SELECT 1 FROM {cells.FACT}, {cells.CELL} LIMIT 1")


@contextmanager
def held_at_the_swap() -> Iterator[Rebuilding]:
    """A rebuild that has counted everything and waits for a reader of the old tables; he ends with the block."""
    with elsewhere(read_both):
        rebuilding = Rebuilding()
        rebuilding.start()
        eventually(lambda: waits_for_a_lock(rebuilding.pid))
        yield rebuilding
    rebuilding.join(PATIENCE)
    assert not rebuilding.is_alive()


def waits_for_a_lock(pid: int) -> bool:
    return bool(asked("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted AND mode = 'AccessExclusiveLock'", pid))


def test_the_new_tables_are_made_like_the_old_ones_and_have_their_names(counted):
    """Constraints, indexes, defaults, rights, owner, options and the names of all of them, which migrations know."""
    try:
        asked(f"GRANT SELECT ON {cells.CELL} TO pg_monitor WITH GRANT OPTION")
        asked(f"REVOKE TRUNCATE ON {cells.FACT} FROM CURRENT_USER")
        asked(f"ALTER TABLE {cells.CELL} SET (fillfactor = 90)")
        asked(f"ALTER TABLE {cells.FACT} ALTER nature SET STATISTICS 200")
        asked(f"ALTER TABLE {cells.FACT} ALTER origin SET DEFAULT 'import'")
        before, named, oid = shapes(), asked(NAMES), asked("SELECT %s::regclass::oid", cells.CELL)
        cells.rebuild()
        assert shapes() == before
        assert asked(NAMES) == named
        assert asked("SELECT %s::regclass::oid", cells.CELL) != oid
    finally:
        asked(f"GRANT TRUNCATE ON {cells.FACT} TO CURRENT_USER")
        asked(f"REVOKE ALL ON {cells.CELL} FROM pg_monitor")
        asked(f"ALTER TABLE {cells.CELL} RESET (fillfactor)")
        asked(f"ALTER TABLE {cells.FACT} ALTER nature SET STATISTICS -1")
        asked(f"ALTER TABLE {cells.FACT} ALTER origin DROP DEFAULT")


def test_what_a_new_table_gets_by_default_is_not_added(counted):
    """Else a rebuild would open the figures to whoever may read what is made from now on."""
    asked("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor")
    try:
        before = shapes()
        cells.rebuild()
        assert shapes() == before
    finally:
        asked("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM pg_monitor")


def test_no_dead_row_is_left_and_the_next_rows_have_keys_of_their_own(counted, integration):
    for _ in range(2):
        cells.rebuild()
    for table in TABLES:  # behind dead rows the first one alive lies further on
        assert asked(f"SELECT min(ctid)::text FROM {table}") == [("(0,1)",)]
    assert CaseFact.objects.count() == CASES
    taken(integration)
    cells.refresh_all()
    assert (CaseFact.objects.count(), received()) == (CASES + 1, CASES + 1)


@pytest.mark.parametrize(
    ("made", "dropped", "said"),
    [
        (f"CREATE VIEW watching AS SELECT * FROM {cells.CELL}", "DROP VIEW watching", "view watching"),
        (
            f"CREATE TRIGGER watching BEFORE UPDATE ON {cells.CELL}"
            " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            f"DROP TRIGGER watching ON {cells.CELL}",
            "trigger watching",
        ),
    ],
)
def test_what_cannot_be_carried_over_is_refused_and_nothing_changes(made, dropped, said, counted):
    asked(made)
    named = asked(NAMES)
    try:
        with pytest.raises(CommandError, match=said):
            call_command("rebuild_kpis", stdout=io.StringIO())
        assert (asked(NAMES), received()) == (named, CASES)
    finally:
        asked(dropped)


def test_readers_see_whole_figures_all_the_time(counted):
    """Neither an empty table nor half of one, nor an error, however often the tables change places."""
    seen, failed, enough = set(), [], threading.Event()

    def read() -> None:
        try:
            while not enough.is_set():
                seen.add((received(), CaseFact.objects.count()))
        except Exception as error:  # noqa: BLE001 the test looks at it
            failed.append(error)
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(5):
        cells.rebuild()
    enough.set()
    for reader in readers:
        reader.join(PATIENCE)
    assert (seen, failed) == ({(CASES, CASES)}, [])


def test_who_comes_while_the_tables_wait_to_change_places_waits_half_a_second_at_most(counted):
    """A queue behind a lock that waits itself would be as long as the slowest reader before it."""
    with held_at_the_swap() as rebuilding:
        for _ in range(3):
            eventually(lambda: waits_for_a_lock(rebuilding.pid))
            with transaction.atomic():
                asked("SET LOCAL lock_timeout = '5s'")
                assert CaseFact.objects.count() == CASES  # the first table that is locked
        assert rebuilding.is_alive()
    assert rebuilding.failed is None


def test_what_happens_meanwhile_is_counted_once(counted, integration):
    """The roll-up leaves it alone until the tables have changed places, and then adds it."""
    with held_at_the_swap():
        taken(integration)
        ending.withdraw(counted[0].reference, actor=integration.user, at=NOON, **TAKEN_BACK)
        assert cells.refresh() == cells.Refreshed()
        assert received() == CASES
    assert Unread.objects.filter(reader=cells.READER).count() == 2
    assert received() == CASES
    cells.refresh_all()
    assert (received(), CaseFact.objects.count()) == (CASES + 1, CASES + 1)
    figures = sums()
    cells.rebuild()
    assert sums() == figures


def test_a_second_rebuild_waits_for_the_first(counted):
    with held_at_the_swap() as first:
        second = Rebuilding()
        second.start()
        second.join(1)
        assert second.is_alive() and first.is_alive()
    second.join(PATIENCE)
    assert (first.failed, second.failed, received()) == (None, None, CASES)


def test_a_rebuild_that_is_killed_leaves_nothing_behind(counted):
    named = asked(NAMES)
    with held_at_the_swap() as rebuilding:
        asked("SELECT pg_terminate_backend(%s)", rebuilding.pid)
        rebuilding.join(PATIENCE)
        assert isinstance(rebuilding.failed, OperationalError)
    assert (asked(NAMES), received()) == (named, CASES)
    cells.rebuild()
    assert (asked(NAMES), received()) == (named, CASES)


def test_it_gives_up_when_somebody_reads_for_ever(counted, monkeypatch):
    monkeypatch.setattr(swapping, "PATIENCE_SECONDS", 0)
    with held_at_the_swap() as rebuilding:
        rebuilding.join(PATIENCE)
        assert isinstance(rebuilding.failed, swapping.NotSwapped)
    assert received() == CASES


def rows_in(path: Path, table: str) -> int:
    """How many rows of a table the dump in a backup has."""
    with zipfile.ZipFile(path) as archive:
        command = [dumps.tool("pg_restore"), "--data-only", f"--table={table}", "--file=-"]
        said = subprocess.run(
            command, input=archive.read(backups.DUMP), capture_output=True, check=True
        ).stdout.decode()
    return len(re.search(r"^COPY [^\n]* FROM stdin;\n(.*?)^\\\.$", said, re.DOTALL | re.MULTILINE)[1].splitlines())


def test_a_backup_made_meanwhile_has_whole_figures(counted, monkeypatch, tmp_path):
    """Else the rows of the new tables would be younger than its moment, and it would have none."""
    rebuilding, dump = Rebuilding(), backups.dump

    def dump_later(*given, **named):
        rebuilding.start()
        rebuilding.join(2)  # it has counted by then, and would have changed the tables
        return dump(*given, **named)

    monkeypatch.setattr(backups, "dump", dump_later)
    manifest = backups.back_up(tmp_path / "backup.zip", with_secrets=False, at=NOON)
    rebuilding.join(PATIENCE)
    assert rebuilding.failed is None
    there = {cells.FACT: CASES, cells.CELL: Cell.objects.count()}
    assert {table: manifest["rows"][table] for table in TABLES} == there
    assert {table: rows_in(tmp_path / "backup.zip", table) for table in TABLES} == there
