"""How many pages of the database lists, reports and queues read: a guard against what only a million cases would show.

Every address is asked for by whoever reads much and by whoever reads little, and each of its SELECTs is run by EXPLAIN
(ANALYZE, BUFFERS). There are 3,000 cases of `manage.py seed`: 20,000 take a minute to lay down.

Seen to fail, by hand: with the road of several units taken out of `complaints.reading.InArea.roads`
(`handling_unit_id__in=part.units` for one unit and for more), `test_a_list_of_several_units_reads_a_page_of_each`: 964
rows of 612 allowed.

What shows among so few in no number of pages has tests of its own: how far a list looks for what few cases have in
tests/complaints/test_looking.py, that deadlines of the past are not read in tests/quality/test_due.py, what the numbers
on the tabs read in tests/complaints/test_tab_counts.py.
"""

from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from benchmarks.requests import Request, api_requests, desk_requests, filters
from complaints.api.cases import CaseQuery
from complaints.services.taking import take_next
from organization import authentication
from organization.models import ApiClient, Role, Unit, User
from organization.services import create_client
from tests.demo.test_seed import sown
from tests.people import NOON, SCOPES, person
from tests.plans import buffers, reads_of, rows_of

pytestmark = pytest.mark.django_db  # also where some of these run alone: without it nobody makes the database
CASES = 3_000
CLIENT = "示例-phone"
WHO = ("head office", "region", "branch", "handler", "auditor", "program")
# kind -> pages that one request of each of these may read: half as much again as was measured on the day of the load.
# Nothing is vacuumed here, so no index answers alone: to count 1,000 cases, before it is looked among them, reads their
# rows.
LIMITS = {
    "list": (110, 390, 230, 140, 110, 600),
    "filter": (1140, 980, 470, 1300, 1140, 770),
    "search": (1130, 1190, 1090, 1380, 1130, 650),
    "desk list": (1240, 810, 390, 1300, 1240, 0),
    "queue": (660, 400, 210, 360, 380, 0),
    "report": (1330, 370, 0, 0, 1310, 0),
    "process": (320, 190, 0, 0, 320, 0),
    "due": (730, 280, 170, 1110, 710, 580),
}
SOME_UNITS = 12 * 51  # rows of cases that a list of the region's eleven units reads to find its keys
TAKING = 530


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker) -> Iterator[dict[str, Client]]:
    """One load for all tests of this file, and who reads it; rolled back after them."""
    with django_db_blocker.unblock():
        without_the_past()
    # always the same day: each draws other cases, and some draw twice as many that are due
    with (
        time_machine.travel(NOON),
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
    ):
        patch.setattr("demo.planning.A_VARIANT", 2_000)  # each way once: fewer histories to walk
        patch.setattr("demo.seeding.HANDS", 1)  # another process would not see what is rolled back
        sown(CASES)
        known_for_good()
        patch.setitem(
            settings.STORAGES, "staticfiles", {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        )
        root = Unit.objects.get(code="L")
        yield {
            "head office": at_desk(User.objects.get(username="l.supervisor")),
            "region": at_desk(User.objects.get(username="l6.supervisor")),
            "branch": at_desk(User.objects.get(username="l101.a")),
            "handler": at_desk(User.objects.get(username="lc.handler1.1")),
            "auditor": at_desk(person("auditor", Role.COMPLIANCE_AUDITOR, root)),
            "program": program(root),
        }
        transaction.set_rollback(True)


def without_the_past() -> None:
    """What other tests wrote and took back lies in the tables, and would be read as well."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"VACUUM FULL {connection.ops.quote_name(table)}")


def known_for_good() -> None:
    """The planner knows every table, and nobody tells it otherwise while these tests run.

    Whoever analyses a table locks out autovacuum until the commit: it does not see what is not committed, and took the
    tables that nobody had analysed here for empty ones.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def at_desk(user: User) -> Client:
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def program(root: Unit) -> Client:
    """The integration that brought most of the cases in, by a key that is known here."""
    other, key = create_client("reads", channels=["phone"], unit=root, at=timezone.now())
    known = other.key_hash
    other.key_hash = other.key_hash[::-1]
    other.save(update_fields=["key_hash"])
    ApiClient.objects.filter(name=CLIENT).update(key_hash=known, scopes=SCOPES, per_minute=100_000)
    authentication.SEEN.forget()
    return Client(headers={"Authorization": f"Bearer {key}"})


def user_of(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


@pytest.fixture
def undone(seeded):
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def asked_by(who: str, client: Client) -> Iterator[Request]:
    yield from api_requests()
    if who != "program":
        yield from desk_requests(user_of(client))


def test_what_a_statement_reads_is_counted():
    with buffers() as read:
        assert len(Unit.objects.all()) > 0
    ((pages, sql),) = read.statements
    assert pages == read.read >= 1 and "organization_unit" in sql


@pytest.mark.usefixtures("nothing_expires", "undone")
@pytest.mark.parametrize("who", WHO)
def test_no_page_reads_more_than_its_kind_may(seeded, who):
    client, over = seeded[who], []
    for kind, address, query in asked_by(who, client):
        with buffers() as read:
            answer = client.get(address, query)
        assert answer.status_code == 200, (who, address, query, answer.content[:300])
        if read.read > LIMITS[kind][WHO.index(who)]:
            over.append((kind, read.read, address, query))
    assert over == []


@pytest.mark.usefixtures("undone")
def test_a_list_of_several_units_reads_a_page_of_each(seeded):
    """So few rows are sorted at once; at a million they are not, and that is what this one asks."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off")
    with reads_of("complaints_case") as statements:
        answer = seeded["region"].get("/api/v1/cases/")
    assert len(answer.json()["results"]) == 50
    read, _indexes = rows_of([sql for sql in statements if "ORDER BY" in sql], "complaints_case")
    assert read <= SOME_UNITS


def test_every_filter_and_every_person_is_asked(seeded):
    assert set(filters()) == set(CaseQuery().fields)
    assert set(seeded) == set(WHO)


@pytest.mark.usefixtures("undone")
def test_to_take_the_next_case_reads_a_handful(seeded):
    user = user_of(seeded["handler"])
    with buffers() as read:
        take_next(actor=user)
    assert read.read <= TAKING
