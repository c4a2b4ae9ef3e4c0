"""A copy of the database, where there is one: figures are read from it, and nothing else, and nothing is written."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import InternalError, connection, connections
from django.test.utils import CaptureQueriesContext

from complaints.models import Case
from complaints.verbs import handling
from organization.models import Role, User
from quality import cells
from sqm_site import reporting
from sqm_site.databases import READ_ONLY, RECORD, REPORTS, database, databases
from sqm_site.reporting import reading_reports
from tests.cases import taken
from tests.people import NOON, person

pytestmark = pytest.mark.django_db(transaction=True, databases=[RECORD, REPORTS])
FIGURES = [
    "/quality/dashboard/",
    "/quality/sla-report/?period=12m",
    "/quality/due/?due_to=2030-01-01T00:00:00Z",
    "/quality/cases/?kpi=complaint_volume&from=2026-11-01&to=2026-11-30",
    "/api/v1/kpis/complaint_volume/?from=2026-11-01&to=2026-11-30",
    "/api/v1/kpis/complaint_volume/cases/?from=2026-11-01&to=2026-11-30",
    "/api/v1/sla/report/?by=owner",
    "/api/v1/sla/due/?hours=744",
]
OTHERS = ["/desk/", "/desk/cases/", "/desk/team/", "/api/v1/cases/"]
TOLD = ("complaints_", "quality_")


@pytest.fixture(scope="module", autouse=True)
def second_way(django_db_setup) -> Iterator[None]:
    """A second way into the same database; nobody empties it twice."""
    way = deepcopy(connections.settings[RECORD])
    way["OPTIONS"]["options"] += f" {READ_ONLY}"
    way["TEST"]["MIRROR"] = RECORD
    connections.settings[REPORTS] = way
    yield
    connections[REPORTS].close()
    del connections[REPORTS]
    del connections.settings[REPORTS]


@pytest.fixture
def reports(settings) -> None:
    settings.DATABASE_ROUTERS = ["sqm_site.reporting.ReportsFromTheCopy"]


@pytest.fixture
def reader(client, institution, integration):
    taken(integration)
    cells.refresh()
    client.force_login(person("head", Role.SUPERVISOR, institution), backend="organization.backends.RoleBackend")
    return client


def asked(client, address: str) -> tuple[list[str], list[str]]:
    """The statements that read cases and figures: of the database of record, of the copy."""
    with CaptureQueriesContext(connection) as record, CaptureQueriesContext(connections[REPORTS]) as copy:
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.content[:300])
    told = [row["sql"] for row in record if any(f'FROM "{room}' in row["sql"] for room in TOLD)]
    return told, [row["sql"] for row in copy]


@pytest.mark.parametrize("address", FIGURES)
def test_figures_are_read_from_the_copy_alone(reader, reports, address):
    record, copy = asked(reader, address)
    assert record == [] and copy != []
    assert all(sql.startswith("SELECT") for sql in copy)


@pytest.mark.parametrize("address", OTHERS)
def test_nothing_else_is(reader, reports, address):
    record, copy = asked(reader, address)
    assert record != [] and copy == []


def test_who_may_read_is_asked_of_the_record(reader, reports):
    _record, copy = asked(reader, "/quality/sla-report/")
    assert not any('FROM "organization_' in sql or 'FROM "django_session"' in sql for sql in copy)


@pytest.mark.parametrize("address", FIGURES[:4])
def test_a_page_says_of_when_its_copy_is(reader, reports, monkeypatch, address):
    said = "报表取自副本，数据截至"
    assert said not in reader.get(address).content.decode(), "this one is no copy"
    monkeypatch.setattr(reporting, "LAST_COPIED", "SELECT timestamptz '2026-11-23 12:00+08'")
    assert f"{said} 2026-11-23 12:00" in reader.get(address, headers={"Accept-Language": "zh-hans"}).content.decode()


def test_nothing_is_written_there(reader, reports, handler):
    with reading_reports():
        case = Case.objects.get()
        assert case._state.db == REPORTS
        case.subject = "改过"
        case.save(update_fields=["subject"])
        assert Case.objects.using(RECORD).get().subject == "改过"
        handling.note(case.reference, actor=User.system(), at=NOON, text="已看到")
    assert Case.objects.get().events.filter(verb="note").exists()
    with pytest.raises(InternalError, match="read-only"):
        Case.objects.using(REPORTS).update(subject="改过")


def test_without_a_copy_there_is_one_database():
    assert set(databases("postgres://sqm@db/sqm")) == {RECORD}
    assert set(databases("postgres://sqm@db/sqm", "postgres://sqm@copy/sqm")) == {RECORD, REPORTS}


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://db/sqm", "sqlite:///sqm", "postgres://", "postgres://db", "postgres://db:port/sqm"]
)
def test_what_is_no_address_is_refused_in_words(address):
    """An address without a scheme passed for a database without a name."""
    with pytest.raises(ImproperlyConfigured, match="^REPORTS_DATABASE_URL: not a database address. Write postgres://"):
        databases("postgres://sqm@db/sqm", address)
    with pytest.raises(ImproperlyConfigured, match="^DATABASE_URL: "):
        databases(address)


def test_the_copy_is_opened_for_reading():
    found = database("REPORTS_DATABASE_URL", "postgres://sqm:word@copy:5433/sqm?sslmode=require", READ_ONLY)
    assert (found["HOST"], found["PORT"], found["OPTIONS"]["sslmode"]) == ("copy", 5433, "require")
    assert found["OPTIONS"]["options"].endswith(READ_ONLY) and "lock_timeout" in found["OPTIONS"]["options"]
