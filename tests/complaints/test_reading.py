"""Pages of cases: the three roads give the rows of a plain filter, and read about a page of them."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.http import QueryDict
from django.test import RequestFactory
from rest_framework.request import Request

from complaints.api.filters import CaseFilter
from complaints.models import FINAL, OPEN, Case, State
from complaints.reading import COLUMNS, Glimpse, InArea
from organization.models import BusinessLine, Role, Unit, User
from organization.rights import rights_of
from organization.services import create_entity, create_unit
from tests.nights import either
from tests.people import NOON, hold, person
from tests.plans import reads_of, rows_of

ORDERINGS = {"-received_at": ("-received_at", "-pk"), "next_due_at": ("next_due_at", "pk")}
PAGE = 50


def tree(chance: Random, root: Unit, size: int) -> list[Unit]:
    units = [root]
    for number in range(size):
        parent = chance.choice(units)
        code = f"{root.code}-{number}"
        units.append(create_unit(code, name=code, kind=Unit.Kind.BRANCH, parent=parent))
    return units


def case(chance: Random, number: int, unit: Unit, owner: User, lines: list[BusinessLine]) -> Case:
    """Many share a moment, so that the id decides; some have no deadline."""
    state = chance.choice([one for one in (*OPEN, *FINAL) if one != State.ASSIGNED])
    received_at = NOON - timedelta(hours=chance.randrange(60))
    lacks = 0.8 if state in FINAL else 0.1  # some that are over still owe a body outside its answer
    due_at = None if chance.random() < lacks else received_at + timedelta(days=chance.randrange(9))
    return Case(
        reference=f"{unit.legal_entity_id}-{number}",
        state=state,
        nature="tip_off" if chance.random() < 0.1 else chance.choice(["complaint", "enquiry"]),
        legal_entity_id=unit.legal_entity_id,
        receiving_unit=unit,
        handling_unit=unit,
        owner=owner,
        first_receiver=owner,
        brought_by=owner,
        business_line=chance.choice([None, *lines]),
        channel=chance.choice(["phone", "app"]),
        received_at=received_at,
        next_due_at=due_at,
    )


def populated(seed: int, roots: list[Unit], *, units: int, cases: int) -> tuple[Random, list[Unit]]:
    """Trees of units with cases; the units of the first root."""
    chance, lines = Random(seed), list(BusinessLine.objects.order_by("pk")[:3])
    trees = [tree(chance, root, units) for root in roots]
    for places in trees:
        owner = User.objects.get(pk=places[0].receiver_id)
        Case.objects.bulk_create([case(chance, number, chance.choice(places), owner, lines) for number in range(cases)])
    return chance, trees[0]


VIEW: Any = SimpleNamespace(orderings=tuple(ORDERINGS))


def narrowed(filters: dict[str, str]) -> Any:
    given = QueryDict(mutable=True)
    given.update(filters)
    chosen = CaseFilter(given, Case.objects.all())
    assert chosen.is_valid(), chosen.errors
    return chosen.qs


def pages(user: User, ordering: str, filters: dict[str, str], size: int) -> list[int]:
    """The ids of the whole list, page by page, as the door reads them."""
    found: list[int] = []
    url = f"/api/v1/cases/?page_size={size}&ordering={ordering}"
    while url:
        reader = InArea(user, Case.objects.all())
        page = reader.paginate_queryset(narrowed(filters), Request(RequestFactory().get(url)), view=VIEW)
        found += [row.pk for row in page]
        url = reader.next
    return found


def plainly(user: User, ordering: str, filters: dict[str, str]) -> list[int]:
    rows = narrowed(filters).visible_to(user)
    if ordering == "next_due_at":
        rows = rows.filter(Q(state__in=OPEN) | Q(next_due_at__isnull=False))  # of the others nothing is due
    rows = rows.order_by(*ORDERINGS[ordering])
    return list(rows.values_list("pk", flat=True))


def reached_in_python(user: User) -> set[int]:
    """What the case page opens; it must be what the database would find."""
    rights = rights_of(user)
    found = {row[0] for row in Case.objects.values_list(*COLUMNS) if rights.reaches(Glimpse(*row))}
    assert found == set(Case.objects.reachable_by(user).values_list("pk", flat=True))
    return found


ROLES = [
    Role.SUPERVISOR, Role.HANDLER, Role.UNIT_HEAD, Role.COMPLIANCE_AUDITOR, Role.DISCIPLINE, Role.CONSUMER_PROTECTION,
    Role.EXECUTIVE,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(either(day=2, night=20)))
def test_random_memberships_read_what_a_plain_filter_gives(institution, seed):
    """B7, P1: whatever tree, roles, lines, filters and pages."""
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
    chance, units = populated(seed, [institution, abroad], units=9, cases=150)
    lines = [None, None, *BusinessLine.objects.order_by("pk")[:3]]
    for number in range(12):
        somebody = person(f"reader{number}", chance.choice(ROLES), chance.choice(units))
        somebody.memberships.update(business_line=chance.choice(lines))
        for _ in range(chance.randrange(3)):
            hold(somebody, chance.choice(ROLES), chance.choice(units), business_line=chance.choice(lines))
        unit = chance.choice(units).code
        choices = [{}, {}, {"state": "in_progress"}, {"channel": "app"}, {"unit": unit}, {"owner": "nobody"}]
        filters = chance.choice(choices)
        user = User.objects.get(pk=somebody.pk)
        for ordering in ORDERINGS:
            read = pages(user, ordering, filters, chance.choice([1, 7, 50]) if number < 4 else 50)
            assert set(read) <= reached_in_python(user)
            assert read == plainly(user, ordering, filters), (ordering, filters, rights_of(user).parts())


def test_an_empty_choice_is_an_empty_page(many):
    user = person("reader", Role.SUPERVISOR, many[1])
    nothing = Case.objects.filter(pk__in=[])
    request = Request(RequestFactory().get("/"))
    assert InArea(user, Case.objects.all()).paginate_queryset(nothing, request, view=VIEW) == []


def rows_read(user: User, ordering: str, filters: dict[str, str]) -> tuple[int, set[str]]:
    """How many rows of the cases one page reads to find its keys, and by which indexes."""
    request = Request(RequestFactory().get("/", {"ordering": ordering}))
    with reads_of("complaints_case") as asked:
        page = InArea(user, Case.objects.all()).paginate_queryset(narrowed(filters), request, view=VIEW)
    assert len(page) == PAGE
    return rows_of([sql for sql in asked if "ORDER BY" in sql], "complaints_case")


@pytest.fixture(scope="module")
def thousands(django_db_setup, django_db_blocker) -> Iterator[list[Unit]]:
    """The same cases for all tests that count what is read, rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        _chance, units = populated(1, [Unit.objects.filter(parent=None).earliest("pk")], units=40, cases=4000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE complaints_case")
            # a table that a test run has filled and emptied thousands of times costs the planner what no real one does
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        yield units
        transaction.set_rollback(True)


@pytest.fixture
def many(thousands, db) -> list[Unit]:
    return thousands


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_a_page_of_the_root_reads_a_page_of_rows(many, ordering):
    """B7: whoever has a role at the root read every case there is for one page of fifty."""
    user = person("head", Role.SUPERVISOR, many[0])
    read, indexes = rows_read(user, ordering, {})
    assert read <= 2 * PAGE
    assert indexes == {"case_entity_received" if ordering == "-received_at" else "case_entity_due"}


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_a_page_of_some_units_reads_a_page_of_each(many, ordering):
    """P1: the list of a reader with several units read all their cases."""
    user = person("lead", Role.SUPERVISOR, many[1])
    for unit in many[2:6]:
        hold(user, Role.SUPERVISOR, unit)
    (part,) = rights_of(User.objects.get(pk=user.pk)).parts()
    read, indexes = rows_read(User.objects.get(pk=user.pk), ordering, {})
    assert len(part.units) >= 5 and read <= 2 * PAGE * len(part.units)
    assert indexes == {"case_unit_received" if ordering == "-received_at" else "case_unit_due"}


def test_a_page_of_one_unit_reads_a_page_of_rows(many):
    leaf = next(unit for unit in reversed(many) if not Unit.objects.filter(parent=unit).exists())
    read, indexes = rows_read(person("reader", Role.HANDLER, leaf), "-received_at", {})
    assert read <= 2 * PAGE and indexes == {"case_unit_received"}
    read, indexes = rows_read(person("head", Role.SUPERVISOR, many[0]), "-received_at", {"unit": leaf.code})
    assert read <= 2 * PAGE and indexes == {"case_unit_received"}


def test_by_deadline_there_is_what_runs_and_what_is_open(many):
    """A closed case that still owed a body outside its answer had a deadline, and stood in no list of deadlines."""
    user = person("head", Role.SUPERVISOR, many[0])
    read, seen = pages(user, "next_due_at", {}, 200), Case.objects.visible_to(user)
    over = seen.filter(state__in=FINAL)
    assert len(read) == seen.count() - over.filter(next_due_at=None).count()
    closed = pages(user, "next_due_at", {"state": State.CLOSED}, 50)
    assert closed == plainly(user, "next_due_at", {"state": State.CLOSED}) and 0 < len(closed) < len(over)


def test_tip_offs_are_read_by_an_index_of_their_own(many):
    read, indexes = rows_read(person("discipline", Role.DISCIPLINE, many[0]), "-received_at", {})
    assert read <= 2 * PAGE and indexes == {"case_tip_off"}
