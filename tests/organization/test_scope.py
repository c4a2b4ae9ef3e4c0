"""Whose rows a person sees. Memberships stand in for cases here: they have a unit, a line and a person too."""

import pytest

from organization.models import BusinessLine, Membership, Role, User
from organization.scope import holds_all, scoped
from tests.people import hold, person

COLUMNS = {
    "unit": "unit_id",
    "entity": "unit__legal_entity_id",
    "brought": "user_id",
    "line": "business_line_id",
    "nature": "",
    "barred": "",
}


@pytest.fixture
def rows(institution, branch, sub_branch, other_branch, foreign_root):
    """name of the unit -> one row in it."""
    line = BusinessLine.objects.get(code="cards")
    units = {
        "root": institution,
        "branch": branch,
        "below": sub_branch,
        "elsewhere": other_branch,
        "foreign": foreign_root,
    }
    return {name: lying(unit, line) for name, unit in units.items()}


def lying(unit, line) -> Membership:
    bystander = User.objects.create(username=f"bystander.{unit.code}", legal_entity_id=unit.legal_entity_id)
    return hold(bystander, Role.HANDLER, unit, business_line=line)


def seen(user, rows) -> set[str]:
    ids = [row.pk for row in rows.values()]
    found = scoped(Membership.objects.filter(pk__in=ids), User.objects.get(pk=user.pk), **COLUMNS)
    by_id = {row.pk: name for name, row in rows.items()}
    return {by_id[row.pk] for row in found}


@pytest.mark.parametrize(
    "role",
    [
        Role.HANDLER,
        Role.TEAM_LEAD,
        Role.DISPATCHER,
        Role.APPROVER,
        Role.SUPERVISOR,
        Role.UNIT_HEAD,
        Role.DEPARTMENT_HEAD,
        Role.LINE_MANAGER,
        Role.QUALITY_ANALYST,
    ],
)
def test_whoever_works_with_cases_sees_their_unit_and_all_below(role, rows, branch):
    assert seen(person("somebody", role, branch), rows) == {"branch", "below"}


def test_an_auditor_sees_the_whole_legal_entity_and_no_other(auditor, rows):
    assert seen(auditor, rows) == {"root", "branch", "below", "elsewhere"}


def test_at_the_root_one_sees_all_units_and_no_other_legal_entity(rows, institution):
    assert seen(person("head", Role.SUPERVISOR, institution), rows) == {"root", "branch", "below", "elsewhere"}


def test_an_outsider_sees_only_their_own_branch(outsider, rows):
    assert seen(outsider, rows) == {"elsewhere"}


@pytest.mark.parametrize(
    "role",
    [Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.GROUP_ADMINISTRATOR, Role.EXECUTIVE],
)
def test_an_administrator_and_an_executive_see_nothing(role, rows, institution):
    assert seen(person("keeper", role, institution), rows) == set()


def test_an_administrator_who_is_also_a_handler_sees_as_the_handler(rows, institution, branch):
    user = person("both", Role.SYSTEM_ADMINISTRATOR, institution)
    hold(user, Role.HANDLER, branch)
    assert seen(user, rows) == {"branch", "below"}


def test_a_program_sees_what_it_brought_in(integration, rows):
    assert seen(integration.user, rows) == set()
    Membership.objects.filter(pk=rows["below"].pk).update(user=integration.user)
    assert seen(integration.user, rows) == {"below"}


def test_somebody_without_a_role_sees_nothing(rows):
    assert seen(User.objects.create(username="nobody"), rows) == set()


def test_the_system_sees_everything(rows):
    assert seen(User.system(), rows) == set(rows)


def test_the_widest_membership_wins(handler, rows, institution):
    hold(handler, Role.COMPLIANCE_AUDITOR, institution)
    assert seen(handler, rows) == {"root", "branch", "below", "elsewhere"}


def test_an_auditor_of_one_line_sees_that_line_everywhere(auditor, rows):
    Membership.objects.filter(user=auditor).update(business_line=BusinessLine.objects.get(code="loans"))
    assert seen(auditor, rows) == set()
    Membership.objects.filter(user=auditor).update(business_line=BusinessLine.objects.get(code="cards"))
    assert seen(auditor, rows) == {"root", "branch", "below", "elsewhere"}


def test_two_units_add_up(handler, rows, other_branch):
    hold(handler, Role.HANDLER, other_branch)
    assert seen(handler, rows) == {"branch", "below", "elsewhere"}


def test_lines_of_business_narrow_when_every_membership_names_one(handler, rows):
    Membership.objects.filter(user=handler).update(business_line=BusinessLine.objects.get(code="loans"))
    assert seen(handler, rows) == set()
    Membership.objects.filter(user=handler).update(business_line=BusinessLine.objects.get(code="cards"))
    assert seen(handler, rows) == {"branch", "below"}


def test_lines_of_two_units_do_not_mix(handler, rows, branch, other_branch):
    """B30, S5: who works on cards here and on loans there reads neither loans here nor cards there."""
    cards, loans = (BusinessLine.objects.get(code=code) for code in ("cards", "loans"))
    Membership.objects.filter(user=handler).update(business_line=cards)
    hold(handler, Role.HANDLER, other_branch, business_line=loans)
    assert seen(handler, rows) == {"branch", "below"}
    Membership.objects.filter(pk=rows["elsewhere"].pk).update(business_line=loans)
    Membership.objects.filter(pk=rows["below"].pk).update(business_line=loans)
    assert seen(handler, rows) == {"branch", "elsewhere"}


def test_a_role_for_all_lines_there_opens_no_line_here(handler, rows, other_branch):
    """B30: one membership without a line does not widen another one."""
    Membership.objects.filter(user=handler).update(business_line=BusinessLine.objects.get(code="loans"))
    hold(handler, Role.HANDLER, other_branch)
    assert seen(handler, rows) == {"elsewhere"}


def test_the_roots_of_two_legal_entities_are_two_worlds(rows, institution, foreign_root):
    """B1, S10: the legal entity is asked of everybody, also where the units would say enough."""
    for name, root in (("ours", institution), ("theirs", foreign_root)):
        sql = str(scoped(Membership.objects.all(), person(name, Role.SUPERVISOR, root), **COLUMNS).query)
        assert f'"legal_entity_id" = {root.legal_entity_id}' in sql and " IN (" not in sql
    branch_lead = person("lead", Role.TEAM_LEAD, institution.children.get(code="SH"))
    assert f"= {institution.legal_entity_id}" in str(scoped(Membership.objects.all(), branch_lead, **COLUMNS).query)


def test_it_never_joins_columns_by_or(supervisor, rows):
    narrowed = scoped(Membership.objects.all(), supervisor, **COLUMNS)
    assert " OR " not in str(narrowed.query)


@pytest.mark.parametrize(
    ("roles", "whole"),
    [
        ([("supervisor", "root", None)], True),
        ([("compliance_auditor", "root", None), ("discipline", "root", None)], True),
        ([("supervisor", "branch", None)], False),
        ([("supervisor", "root", "cards")], False),
        ([("supervisor", "branch", None), ("handler", "root", None)], True),
        ([("discipline", "root", None)], False),  # tip-offs alone, and may have a part in something else
        ([("executive", "root", None)], False),
        ([], False),
    ],
)
def test_who_sees_whatever_they_may_have_a_part_in(institution, branch, roles, whole):
    units = {"root": institution, "branch": branch}
    reader = person("reader", Role.EXECUTIVE, branch)
    reader.memberships.all().delete()
    for role, unit, line in roles:
        hold(reader, role, units[unit], business_line=line and BusinessLine.objects.get(code=line))
    assert holds_all(User.objects.get(pk=reader.pk)) is whole
