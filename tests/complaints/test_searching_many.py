"""Search among many: what it reads depends on what it shows, not on how much there is, and it says where it stopped."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import translation

from complaints import saying
from complaints.desk import searching
from complaints.models import Case, CaseWords, words
from feedback.search import bigrams
from organization.models import Role, Unit, User
from organization.services import create_client, create_unit
from tests.people import ALL_CHANNELS, NOON, SCOPES, person
from tests.plans import reads_of, rows_of

UNITS, EACH = 8, 40
RARE, COMMON = "我要投诉滞纳金", "我要投诉年费"
SAID = "年费"


def laid_down(unit: Unit, text: str, number: int, *, days: int = 0, by: User | None = None) -> None:
    """So many cases of a unit, each with one text, a minute apart."""
    holder = User.objects.get(pk=unit.receiver_id or Unit.objects.get(parent=None, pk=unit.lineage[0]).receiver_id)
    first = Case.objects.count()
    rows = Case.objects.bulk_create(
        Case(
            reference=f"L-{first + place}",
            state="in_progress",
            legal_entity_id=unit.legal_entity_id,
            receiving_unit=unit,
            handling_unit=unit,
            owner=holder,
            first_receiver=holder,
            brought_by=by or holder,
            channel="phone",
            subject="投诉",
            received_at=NOON - timedelta(days=days, minutes=place),
        )
        for place in range(number)
    )
    entity = words.entity_word(unit.legal_entity_id)
    CaseWords.objects.bulk_create(
        CaseWords(
            case=row,
            legal_entity_id=row.legal_entity_id,
            event_sequence=1,
            kind="text",
            received_at=row.received_at,
            text=text,
            bigrams=[entity, *bigrams(text)],
        )
        for row in rows
    )


@pytest.fixture
def units(institution) -> list[Unit]:
    """A region with units below it."""
    region = create_unit("R", name="区域", kind=Unit.Kind.BRANCH, parent=institution)
    below = [create_unit(f"R{n}", name=f"R{n}", kind=Unit.Kind.BRANCH, parent=region) for n in range(UNITS)]
    return [region, *below]


@pytest.fixture
def reader(units, client):
    """Somebody who reads the region, at the desk."""
    client.force_login(person("reader", Role.SUPERVISOR, units[0]))
    return client


@pytest.fixture
def said_often(monkeypatch):
    """年费 counts as common, and few cases are looked through for it."""
    words.COUNTED.forget()
    monkeypatch.setattr(words, "count_words", lambda: {SAID: words.MANY + 1.0})
    monkeypatch.setattr(searching, "NEWEST", EACH)
    monkeypatch.setattr(saying, "NEWEST", EACH)
    yield
    words.COUNTED.forget()


def by_indexes() -> None:
    """As at a million, however few rows a test has."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_case, complaints_casewords")
        cursor.execute("SET LOCAL enable_seqscan = off")


def search(client, typed: str, **query):
    return client.get(reverse("desk:cases"), {"q": typed, **query})


def test_a_rare_word_is_looked_up_once_whatever_the_units_of_the_reader(reader, units):
    """P5: the index was asked anew for each unit, and each text it named was read as many times."""
    for unit in units[1:]:
        laid_down(unit, COMMON, EACH)
        laid_down(unit, RARE, 3)
    by_indexes()
    with reads_of("complaints_casewords") as statements:
        page = search(reader, "滞纳金")
    assert len(page.context["rows"]) == 3 * UNITS
    read, _indexes = rows_of(statements, "complaints_casewords")
    # each at most once to find them, whatever the planner makes of so few, and once to show where the words stand
    assert read <= CaseWords.objects.count() + 3 * UNITS


def test_of_many_that_fit_the_newest_are_shown_and_the_page_says_that_there_are_more(reader, units, monkeypatch):
    """P5"""
    monkeypatch.setattr(searching, "FOUND", 5)
    laid_down(units[1], RARE, 6)
    with translation.override("zh-hans"):
        page = search(reader, "滞纳金")
    newest = [f"L-{place}" for place in range(6)]
    assert [row.case.reference for row in page.context["rows"]] == newest[:5]
    assert "超过 5 件" in page.content.decode()
    further = reader.get(reverse("desk:cases") + page.context["looked"]["further"])
    assert [row.case.reference for row in further.context["rows"]] == newest
    assert further.context["looked"]["more"] == 0


def test_a_common_word_is_looked_for_as_far_back_as_the_reader_has_cases(reader, units, institution, said_often):
    """P5: it was looked for among the newest of the institution, which may all lie elsewhere."""
    laid_down(units[1], COMMON, 3, days=9)
    laid_down(institution, COMMON, 2 * EACH)
    page = search(reader, SAID)
    assert len(page.context["rows"]) == 3
    assert page.context["looked"]["since"] is None


def test_and_no_further_than_so_many_of_them(reader, units, said_often):
    """P5"""
    laid_down(units[1], "别的事", 5 * EACH)
    by_indexes()
    with reads_of("complaints_casewords") as statements:
        page = search(reader, SAID)
    assert not page.context["rows"]
    assert page.context["looked"]["further"]
    read, _indexes = rows_of(statements, "complaints_casewords")
    assert 0 < read <= EACH + 1


def test_a_program_that_looks_for_a_common_word_reads_no_further_either(client, institution, said_often):
    """P5: for a word that stands in none of its cases it read all of them."""
    program, key = create_client("all", channels=ALL_CHANNELS, unit=institution, scopes=SCOPES, at=NOON)
    laid_down(institution, "别的事", 5 * EACH, by=program.user)
    by_indexes()
    bearer = {"Authorization": f"Bearer {key}"}
    with reads_of("complaints_casewords") as statements:
        answer = client.get("/api/v1/cases/", {"q": SAID}, headers=bearer)
    assert answer.json()["results"] == []
    read, _indexes = rows_of(statements, "complaints_casewords")
    assert 0 < read <= EACH + 1
