"""What few cases have is looked for so far and no further, and the list goes on from there."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.urls import reverse
from rest_framework.request import Request

from complaints import reading
from complaints.api.filters import CaseFilter
from complaints.models import Case, Round
from complaints.reading import InArea
from organization.models import Role, Unit, User
from organization.services import create_client, create_unit
from tests.people import ALL_CHANNELS, NOON, SCOPES, hold, person
from tests.plans import reads_of, rows_of

FIRST, FAR = 10, 40  # that one page looks through, here
CASES, RARE = 200, {150: "major", 190: "major"}  # the newest first
FILTER = {"level": "major"}


@pytest.fixture(autouse=True)
def near_sighted(monkeypatch):
    monkeypatch.setattr(reading, "FIRST_LOOK", FIRST)
    monkeypatch.setattr(reading, "LOOK_THROUGH", FAR)


@pytest.fixture
def units(institution) -> list[Unit]:
    return [create_unit(f"U{n}", name=f"U{n}", kind=Unit.Kind.BRANCH, parent=institution) for n in range(3)]


@pytest.fixture
def laid(units, institution) -> None:
    """Cases of three units in turn, a minute apart, two of which are what the filter asks for."""
    holder = User.objects.get(pk=institution.receiver_id)
    Case.objects.bulk_create(
        Case(
            reference=f"L-{place}",
            state="in_progress",
            level=RARE.get(place, "ordinary"),
            legal_entity_id=institution.legal_entity_id,
            receiving_unit=institution,
            handling_unit=units[place % len(units)],
            owner=holder,
            first_receiver=holder,
            brought_by=holder,
            channel="phone",
            received_at=NOON - timedelta(minutes=place),
            next_due_at=NOON + timedelta(minutes=place),
        )
        for place in range(CASES)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_case; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")


def page_of(user: User, url: str, ordering: str, filters: dict[str, str]) -> tuple[list[Case], InArea]:
    given = QueryDict(mutable=True)
    given.update(filters)
    chosen = CaseFilter(given, Case.objects.all())
    assert chosen.is_valid()
    pages = InArea(user, Case.objects.all())
    pages.near = chosen.near(ordering)
    view = type("View", (), {"orderings": ("-received_at", "next_due_at")})()
    return pages.paginate_queryset(chosen.qs, Request(RequestFactory().get(url)), view=view), pages


def walked(user: User, ordering: str, *, back: bool = False, filters: dict[str, str] | None = None) -> list[list[str]]:
    """The references page by page, to the end; back: and from there to the beginning again, those pages alone."""
    url, found, last = f"/?ordering={ordering}&page_size=1", [], ""
    for way in ("next", "previous")[: 1 + back]:
        url, found = url or last, []
        while url:
            page, pages = page_of(user, url, ordering, filters or FILTER)
            found.append([case.reference for case in page])
            last, url = url, getattr(pages, way)
            assert len(found) <= CASES
        url = pages.previous if way == "next" else None
    return found


@pytest.fixture(params=["root", "a unit", "units", "nobody's"])
def reader(request, units, institution) -> User:
    if request.param == "root":
        return person("head", Role.SUPERVISOR, institution)
    reader = person("lead", Role.SUPERVISOR, units[0])
    if request.param == "units":
        hold(reader, Role.SUPERVISOR, units[1])
    if request.param == "nobody's":
        reader.memberships.update(unit=create_unit("U9", name="U9", kind=Unit.Kind.BRANCH, parent=institution))
    return User.objects.get(pk=reader.pk)


@pytest.mark.parametrize("ordering", ["-received_at", "next_due_at"])
def test_every_case_that_fits_comes_once_in_order_and_back_again(laid, reader, ordering):
    """P11: whoever follows the pages to the end meets the same as ever, whatever is empty on the way."""
    there, back = walked(reader, ordering), walked(reader, ordering, back=True)
    expected = list(
        Case.objects.visible_to(reader).filter(level="major").order_by(ordering).values_list("reference", flat=True)
    )
    assert sum(there, []) == expected
    assert sum(back[::-1], []) == expected[: len(expected) - len(there[-1])]


@pytest.mark.parametrize("ordering", ["-received_at", "next_due_at"])
def test_a_page_that_finds_nothing_reads_so_many_and_no_more(laid, reader, ordering):
    """P11: a value that no case has was looked for in all cases, at a million 861,645 pages of the database."""
    with reads_of("complaints_case") as statements:
        page, pages = page_of(reader, f"/?ordering={ordering}", ordering, {"category": "B0101"})
    assert page == []
    seen = Case.objects.visible_to(reader).count()
    assert bool(pages.next) == (seen > FAR)
    read, _indexes = rows_of([sql for sql in statements if "category" in sql], "complaints_case")
    assert read <= min(seen, FAR + FIRST + 2)


def test_what_is_near_is_found_without_a_look_further(laid, institution):
    user = person("head", Role.SUPERVISOR, institution)
    with reads_of("complaints_case") as statements:
        page, pages = page_of(user, "/?page_size=5", "-received_at", {"level": "ordinary"})
    assert len(page) == 5 and pages.far is None and pages.next
    assert not any(f"OFFSET {FAR}" in sql for sql in statements)


@pytest.mark.parametrize(
    ("filters", "ordering"), [({"unit": "U1"}, "-received_at"), ({"due_before": "2030-01-01T00:00:00Z"}, "next_due_at")]
)
def test_what_an_index_finds_is_not_looked_for(institution, filters, ordering):
    _page, pages = page_of(person("head", Role.SUPERVISOR, institution), "/", ordering, filters)
    assert pages.near is None


@pytest.mark.parametrize("name", ["owner", "team", "unit", "business_line"])
def test_a_name_that_nobody_has_reads_no_case(laid, reader, name):
    """P11"""
    with reads_of("complaints_case") as statements:
        page, pages = page_of(reader, "/", "-received_at", {name: "nobody"})
    assert (page, pages.next, statements) == ([], None, [])


def test_states_that_are_open_are_looked_for_among_the_open_cases(laid, institution):
    Case.objects.exclude(level="major").update(state="closed")
    user = person("head", Role.SUPERVISOR, institution)
    page, pages = page_of(user, "/", "-received_at", {"state": "in_progress"})
    assert [case.reference for case in page] == ["L-150", "L-190"]
    assert pages.next is None


def test_the_desk_says_how_far_it_looked_and_goes_on(client, laid, institution):
    """P11"""
    client.force_login(person("head", Role.SUPERVISOR, institution))
    address, looks = reverse("desk:cases") + "?level=major", 0
    while address:
        page = client.get(address, headers={"Accept-Language": "zh-hans"})
        if page.context["rows"]:
            break
        assert "尚未找到符合的工单" in page.content.decode() and "以来收到的工单" in page.content.decode()
        address, looks = page.context["more"], looks + 1
    assert looks == 3
    assert [row.case.reference for row in page.context["rows"]] == ["L-150"]
    assert "继续查找" in page.content.decode()


def test_a_search_at_the_desk_stops_where_a_search_does(client, laid, institution):
    """A search has a way of its own to say how far it looked; what it found is all listed."""
    client.force_login(person("head", Role.SUPERVISOR, institution))
    page = client.get(reverse("desk:cases"), {"q": "L-150", "level": "major"})
    assert page.status_code == 200
    assert page.context["far"] == ""


def test_a_program_is_answered_short_and_led_on(client, laid, institution):
    """P11"""
    program, key = create_client("all", channels=ALL_CHANNELS, unit=institution, scopes=SCOPES, at=NOON)
    Case.objects.update(brought_by=program.user)
    rare = Case.objects.filter(level="major").select_related("owner")
    Round.objects.bulk_create(Round(case=case, began_at=NOON, began_by=case.owner, cause="take_in") for case in rare)
    url, pages = "/api/v1/cases/?level=major", []
    while url:
        answer = client.get(url, headers={"Authorization": f"Bearer {key}"}).json()
        pages.append([row["reference"] for row in answer["results"]])
        url = answer["next"]
    assert pages == [[], [], [], ["L-150"], ["L-190"]]
