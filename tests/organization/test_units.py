"""The tree of units, and codes of units and lines."""

import pytest
from django.db import connection

from organization.errors import NoSuchUnit
from organization.models import Unit
from organization.rights import rights_of
from organization.services import business_line_of, create_unit, move_unit, unit_by_code, unit_of
from sqm_site.errors import Forbidden, Invalid
from tests.organization.conftest import overlapping


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
