"""permissions.yml, walked whole: each verb, for each role, on a case in each position."""

from types import SimpleNamespace

import pytest

from organization.models import Role, User
from organization.rights import ABOVE, ALL, ASKED, OFFERED, OWN, TEAM, UNIT, may, permissions, rights_of
from organization.services import create_team
from tests.people import hold, person

VERBS = [
    "take_in", "assign", "transfer", "accept", "refuse", "start", "take_next", "acknowledge", "log_contact", "reply",
    "note", "amend", "classify", "ask_customer", "suspend", "resume", "settle", "draft_decision", "approve_decision",
    "return_decision", "notify", "record_feedback", "follow_up", "dispute", "close", "reopen", "chase", "withdraw",
    "decline", "escalate", "acknowledge_escalation", "set_level", "reveal", "view", "export", "ask_approval",
    "decide_approval", "confirm_named", "attach", "link", "view_kpis", "view_sla_report",
]  # fmt: skip
# position granted -> where the case may then lie
REACH = {
    OFFERED: {"offered"},
    OWN: {"owned", "offered"},
    TEAM: {"owned", "offered", "in the team", "in the unit"},
    ABOVE: {"owned", "offered", "in the team", "in the unit", "below"},
    UNIT: {"owned", "offered", "in the team", "in the unit", "in another team", "below"},
    ASKED: {"owned", "offered", "in the team", "in the unit", "in another team", "below", "elsewhere", "brought in"},
    ALL: {"owned", "offered", "in the team", "in the unit", "in another team", "below", "elsewhere", "brought in"},
}


# these stand to cases otherwise: a program to what it brought in, a group administrator to none
ELSE = {Role.INTEGRATION: {"brought in"}, Role.GROUP_ADMINISTRATOR: set()}


def lying(unit, **fields) -> SimpleNamespace:
    """What the rules look at of a case."""
    facts = {
        "owner_id": None,
        "offered_to_id": None,
        "offered_unit_id": None,
        "brought_by_id": None,
        "team_id": None,
        "business_line_id": None,
        "first_receiver_id": None,
        "nature": "complaint",
        "barred": [],
    }
    place = {"handling_unit": unit, "handling_unit_id": unit.pk, "legal_entity_id": unit.legal_entity_id}
    return SimpleNamespace(**{**facts, **place, **fields})


def of_nature(nature: str, case: SimpleNamespace) -> SimpleNamespace:
    case.nature = nature
    return case


@pytest.fixture
def cases(branch, sub_branch, other_branch, foreign_root, team):
    """position -> a function of the person that gives a case lying there."""
    other_team = create_team(branch, "二组")
    return {
        "owned": lambda user: lying(other_branch, owner_id=user.pk),
        "offered": lambda user: lying(
            other_branch, offered_to_id=user.pk, offered_unit_id=other_branch.pk, offered_unit=other_branch
        ),
        "in the team": lambda user: lying(branch, team_id=team.pk),
        "in the unit": lambda user: lying(branch),
        "in another team": lambda user: lying(branch, team_id=other_team.pk),
        "below": lambda user: lying(sub_branch),
        "elsewhere": lambda user: lying(other_branch),
        "brought in": lambda user: lying(other_branch, brought_by_id=user.pk),
        "in another legal entity": lambda user: lying(foreign_root, owner_id=user.pk, brought_by_id=user.pk),
    }


@pytest.mark.parametrize("role", [*Role])
def test_a_role_reaches_exactly_the_cases_the_table_grants(role, cases, branch, team):
    user = person("somebody", role, branch, team)
    nature = "tip_off" if role == Role.DISCIPLINE else "complaint"
    wrong = []
    for verb, granted in permissions().items():
        position = granted.get(role)
        reach = ELSE.get(role, REACH.get(position, set())) if position else set()
        allowed = {name for name, made in cases.items() if may(verb)(of_nature(nature, made(user)), user)}
        if allowed != reach:
            wrong.append((verb, position, allowed ^ reach))
    assert wrong == []


@pytest.mark.parametrize("role", sorted({*Role} - {Role.DISCIPLINE}))
def test_who_handles_complaints_sees_no_tip_off_even_as_its_owner(role, cases, branch, team):
    """The auditor does, and the program that sent it."""
    user = person("somebody", role, branch, team)
    seen = {name for name, made in cases.items() if rights_of(user).reaches(of_nature("tip_off", made(user)))}
    assert bool(seen) is (role in {Role.COMPLIANCE_AUDITOR, Role.INTEGRATION})


def test_discipline_has_tip_offs_and_no_other_case(cases, branch):
    rights = rights_of(person("somebody", Role.DISCIPLINE, branch))
    assert not [name for name, made in cases.items() if rights.allows("view", made(rights.user))]


def test_somebody_without_a_role_may_nothing(cases, institution):
    user = User.objects.create(username="nobody")
    assert not [(verb, name) for verb in permissions() for name, made in cases.items() if may(verb)(made(user), user)]


def test_the_system_may_everything_that_is_a_verb(cases, institution):
    system = User.system()
    assert all(may(verb)(made(system), system) for verb in permissions() for made in cases.values())


def test_every_verb_has_a_role_and_every_role_and_position_exists():
    assert set(VERBS) <= set(permissions())
    for verb, granted in permissions().items():
        assert granted, f"{verb} is nobody's"
        assert set(granted) <= {*Role}, verb
        assert set(granted.values()) <= {OFFERED, OWN, TEAM, ABOVE, ASKED, UNIT, ALL}, verb


def test_a_verb_that_is_not_in_the_table_is_nobodys(handler, branch):
    assert not may("erase")(lying(branch, owner_id=handler.pk), handler)
    assert not rights_of(handler).has("erase")


@pytest.mark.parametrize(
    ("role", "verbs"),
    {
        Role.SYSTEM_ADMINISTRATOR: {"configure"},
        Role.SECURITY_ADMINISTRATOR: {"keep_people"},
        Role.GROUP_ADMINISTRATOR: {"configure_group"},
        Role.EXECUTIVE: {"view_kpis", "view_sla_report"},
        # the third line runs nothing: nobody asks the auditor to acknowledge or to decide
        Role.COMPLIANCE_AUDITOR: {"view", "reveal", "export", "view_kpis", "view_sla_report"},
        Role.INTEGRATION: {
            *("take_in", "view", "chase", "attach", "record_feedback", "dispute", "withdraw", "add_reference"),
            "verify_identity",
        },
    }.items(),
)
def test_who_does_not_work_cases_has_these_verbs_and_no_other(role, verbs):
    assert {verb for verb, roles in permissions().items() if role in roles} == verbs


@pytest.mark.parametrize("role", [*Role])
def test_every_role_has_a_position_somewhere(role):
    assert any(role in roles for roles in permissions().values()), f"{role} may nothing: give it positions"


def test_a_list_shows_units_or_everything_and_nothing_between():
    """Pages are read by units, the whole entity or what a program brought in; another position has no index."""
    positions = {role: position for role, position in permissions()["view"].items() if role != Role.INTEGRATION}
    assert set(positions.values()) == {UNIT, ALL}


def test_roles_of_two_units_never_mix(handler, branch, other_branch):
    """A handler here and a supervisor there is no supervisor here."""
    hold(handler, Role.SUPERVISOR, other_branch)
    assert may("reopen")(lying(other_branch), handler)
    assert not may("reopen")(lying(branch), handler)
