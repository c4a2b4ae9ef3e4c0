"""The tree of units, and codes of units and lines."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from organization.errors import NoSuchUnit
from organization.models import Role, Unit
from organization.rights import rights_of
from organization.services import business_line_of, create_unit, move_unit, unit_by_code, unit_of
from security.models import AuditRow
from sqm_site.errors import Forbidden, Invalid
from tests.organization.conftest import overlapping
from tests.people import person


def paths() -> dict[str, str]:
    return dict(Unit.objects.values_list("code", "path"))


def test_a_unit_knows_the_way_from_the_root(institution, branch, sub_branch):
    assert sub_branch.lineage == [institution.pk, branch.pk, sub_branch.pk]
    assert sub_branch.legal_entity_id == institution.legal_entity_id


def test_a_unit_moves_with_all_below_it(institution, branch, sub_branch, other_branch):
    move_unit(branch, parent=other_branch)
    moved = Unit.objects.get(code="SH-1")
    assert moved.lineage == [institution.pk, other_branch.pk, branch.pk, sub_branch.pk]
    assert Unit.objects.get(code="SH").parent == other_branch
    assert branch.lineage == [institution.pk, other_branch.pk, branch.pk]


def test_a_move_changes_who_sees_the_unit(outsider, branch, sub_branch, other_branch):
    move_unit(branch, parent=other_branch)
    assert [part.units for part in rights_of(outsider).parts()] == [{other_branch.pk, branch.pk, sub_branch.pk}]


def test_a_path_is_no_prefix_of_a_longer_number(institution):
    """/1/2/ and /1/23/ are two units: the slash at the end keeps them apart."""
    units = [create_unit(f"U{n}", name="支行", kind=Unit.Kind.BRANCH, parent=institution) for n in range(12)]
    inside = Unit.objects.filter(path__startswith=units[0].path)
    assert list(inside) == [units[0]]


def test_a_unit_never_stands_below_itself(branch, sub_branch):
    before = paths()
    for parent in (branch, sub_branch):
        with pytest.raises(Invalid) as refusal:
            move_unit(branch, parent=parent)
        assert refusal.value.fields == {"parent": ["A unit cannot stand below itself."]}
    assert paths() == before


def test_a_unit_never_leaves_its_legal_entity(branch, foreign_root):
    with pytest.raises(Invalid) as refusal:
        move_unit(branch, parent=foreign_root)
    assert refusal.value.fields == {"parent": ["A unit cannot move to another legal entity."]}


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_ring(branch, other_branch):
    stale = Unit.objects.get(code="SH"), Unit.objects.get(code="BJ")
    outcomes = overlapping(lambda: move_unit(branch, parent=other_branch), lambda: move_unit(stale[1], parent=stale[0]))
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Invalid)
    assert Unit.objects.get(code="BJ").lineage == other_branch.lineage


def astray() -> dict[str, str]:
    """Units whose path does not lead through their parent, with the path."""
    stands = {unit.pk: unit for unit in Unit.objects.all()}
    return {
        unit.code: unit.path
        for unit in stands.values()
        if unit.path != f"{stands[unit.parent_id].path if unit.parent_id else '/'}{unit.pk}/"
    }


@pytest.fixture
def keeper(institution) -> Client:
    """A browser of whoever keeps the units."""
    pages = Client(headers={"accept-language": "en"})
    pages.force_login(
        person("keeper", Role.SYSTEM_ADMINISTRATOR, institution), backend="organization.backends.RoleBackend"
    )
    return pages


def form_of(unit: Unit, **changes: Any) -> dict[str, Any]:
    return {"name": unit.name, "code": unit.code, "kind": unit.kind, "parent": unit.parent_id, **changes}


def page_of(unit: Unit) -> str:
    return reverse("admin:organization_unit_change", args=[unit.pk])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["service", "page"])
@pytest.mark.parametrize("first", ["move", "add"])
def test_a_unit_added_while_its_branch_moves_stands_below_it(first, door, keeper, branch, sub_branch, other_branch):
    """B31: the path was made of a parent read before the move, or the move did not see the new unit: a dead path."""
    new = Unit(code="SH-9", name="新支行", kind=Unit.Kind.SUB_BRANCH, parent=sub_branch)

    def add() -> Any:
        if door == "page":
            return keeper.post(reverse("admin:organization_unit_add"), form_of(new)).status_code
        return create_unit(new.code, name=new.name, kind=new.kind, parent=sub_branch).code

    acts = [lambda: move_unit(branch, parent=other_branch), add]
    outcomes = overlapping(*(acts if first == "move" else reversed(acts)))
    assert [one for one in outcomes if one is not None] == [302 if door == "page" else "SH-9"]
    assert astray() == {}
    assert Unit.objects.get(code="SH-9").lineage[1] == other_branch.pk


@pytest.mark.django_db(transaction=True)
def test_a_page_sent_while_the_branch_moves_leaves_no_dead_path(keeper, branch, sub_branch, other_branch):
    """B31: the page wrote the whole row back, with the path of before."""
    renamed = form_of(sub_branch, name="浦东新支行")
    outcomes = overlapping(
        lambda: move_unit(branch, parent=other_branch), lambda: keeper.post(page_of(sub_branch), renamed).status_code
    )
    assert outcomes == [None, 302]
    assert Unit.objects.get(code="SH-1").name == "浦东新支行"
    assert astray() == {}


def test_a_unit_is_moved_on_its_page(keeper, branch, sub_branch, other_branch):
    """B31: `move_unit` had no door."""
    assert "moves the unit" in keeper.get(page_of(branch)).content.decode()
    assert keeper.post(page_of(branch), form_of(branch, parent=other_branch.pk)).status_code == 302
    assert Unit.objects.get(code="SH-1").lineage[1:] == [other_branch.pk, branch.pk, sub_branch.pk]
    told = AuditRow.objects.get(subject=f"unit:{branch.pk}").details
    moved = Unit.objects.get(code="SH")
    assert told["was"] == {"parent": branch.parent_id, "path": branch.path}
    assert told["now"] == {"parent": other_branch.pk, "path": moved.path}


@pytest.mark.parametrize("below", ["SH", "SH-1"])
def test_the_page_refuses_a_place_below_itself_in_words(keeper, branch, sub_branch, below):
    before = paths()
    answer = keeper.post(page_of(branch), form_of(branch, parent=Unit.objects.get(code=below).pk))
    assert "A unit cannot stand below itself." in answer.content.decode()
    assert paths() == before


@pytest.mark.django_db(transaction=True)
def test_a_ring_that_only_the_lock_shows_is_refused_in_words(keeper, branch, other_branch):
    stale = Unit.objects.get(code="SH")
    outcomes = overlapping(
        lambda: move_unit(stale, parent=other_branch),
        lambda: keeper.post(page_of(other_branch), form_of(other_branch, parent=branch.pk), follow=True),
    )
    assert "A unit cannot stand below itself." in outcomes[1].content.decode()
    assert astray() == {}


def test_a_root_stays_where_it_is(keeper, institution, branch):
    keeper.post(page_of(institution), form_of(institution, parent=branch.pk))
    assert Unit.objects.get(pk=institution.pk).parent_id is None
    assert astray() == {}


def test_the_tree_is_found_through_the_index(institution):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM organization_unit WHERE path LIKE '/1/%'")
        assert "unit_path" in "".join(row[0] for row in cursor.fetchall())


def test_a_client_posts_for_its_unit_and_those_below(integration, branch, sub_branch):
    assert unit_of(integration, "") == branch
    assert unit_of(integration, "SH") == branch
    assert unit_of(integration, "SH-1") == sub_branch


def test_r46_a_unit_outside_the_clients_is_forbidden(integration, institution, other_branch):
    for code in ("HQ", "BJ"):
        with pytest.raises(Forbidden):
            unit_of(integration, code)


def test_a_unit_of_another_legal_entity_does_not_exist(integration, foreign_root):
    for code in ("OTHER", "nowhere"):
        with pytest.raises(Invalid) as refusal:
            unit_of(integration, code)
        assert refusal.value.fields == {"unit": ["There is no unit with this code."]}


def test_codes_are_remembered(integration, sub_branch, django_assert_num_queries):
    unit_of(integration, "SH-1")
    business_line_of("cards")
    with django_assert_num_queries(0):
        assert unit_of(integration, "SH-1") == sub_branch
        assert business_line_of("cards").code == "cards"


def test_an_unknown_line_of_business_is_named(institution):
    with pytest.raises(Invalid) as refusal:
        business_line_of("lottery")
    assert refusal.value.fields == {"business_line": ["There is no business line with this code."]}


def test_an_unknown_unit_says_what_to_do(institution):
    with pytest.raises(NoSuchUnit, match="There is no unit ZZ. Create it first, or correct the code."):
        unit_by_code("ZZ")
