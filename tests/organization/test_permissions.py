"""permissions.yml, walked whole: each verb, for each role, on a case in each position."""

from types import SimpleNamespace

import pytest

from organization.models import Role, User
from organization.rights import ALL, OFFERED, OWN, TEAM, UNIT, may, permissions, rights_of
from organization.services import create_team
from tests.people import hold, person

VERBS = [
    "take_in", "assign", "transfer", "accept", "refuse", "start", "take_next", "acknowledge", "log_contact", "reply",
    "note", "amend", "classify", "ask_customer", "suspend", "resume", "settle", "draft_decision", "approve_decision",
    "return_decision", "notify", "record_feedback", "follow_up", "dispute", "close", "reopen", "chase", "withdraw",
    "decline", "escalate", "acknowledge_escalation", "set_level", "reveal", "view", "export", "ask_approval",
    "decide_approval", "attach", "link", "view_kpis", "view_sla_report",
]  # fmt: skip
# position granted -> where the case may then lie
REACH = {
    OFFERED: {"offered"},
    OWN: {"owned", "offered"},
    TEAM: {"owned", "offered", "in the team", "in the unit"},
    UNIT: {"owned", "offered", "in the team", "in the unit", "in another team", "below"},
    ALL: {"owned", "offered", "in the team", "in the unit", "in another team", "below", "elsewhere", "brought in"},
}


def lying(unit, **fields) -> SimpleNamespace:
    """What the rules look at of a case."""
    facts = {"owner_id": None, "offered_to_id": None, "brought_by_id": None, "team_id": None, "business_line_id": None}
    place = {"handling_unit": unit, "handling_unit_id": unit.pk, "legal_entity_id": unit.legal_entity_id}
    return SimpleNamespace(**{**facts, **place, **fields})


@pytest.fixture
def cases(branch, sub_branch, other_branch, foreign_root, team):
    """position -> a function of the person that gives a case lying there."""
    other_team = create_team(branch, "二组")
    return {
        "owned": lambda user: lying(other_branch, owner_id=user.pk),
        "offered": lambda user: lying(other_branch, offered_to_id=user.pk),
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
    wrong = []
    for verb, granted in permissions().items():
        position = granted.get(role)
        reach = {"brought in"} if role == Role.INTEGRATION and position else REACH.get(position, set())
        allowed = {name for name, made in cases.items() if may(verb)(made(user), user)}
        if allowed != reach:
            wrong.append((verb, position, allowed ^ reach))
    assert wrong == []


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
        assert set(granted.values()) <= {OFFERED, OWN, TEAM, UNIT, ALL}, verb


def test_a_verb_that_is_not_in_the_table_is_nobodys(handler, branch):
    assert not may("erase")(lying(branch, owner_id=handler.pk), handler)
    assert not rights_of(handler).has("erase")


def test_an_administrator_never_reaches_a_case():
    granted = {verb for verb, roles in permissions().items() if Role.ADMINISTRATOR in roles}
    assert granted == {"configure"}


def test_an_auditor_changes_nothing():
    granted = {verb for verb, roles in permissions().items() if Role.COMPLIANCE_AUDITOR in roles}
    assert granted == {"view", "reveal", "export", "acknowledge_escalation", "view_kpis", "view_sla_report"}


def test_a_program_works_no_case():
    granted = {verb for verb, roles in permissions().items() if Role.INTEGRATION in roles}
    assert granted == {"take_in", "view", "chase", "attach", "record_feedback", "dispute", "withdraw"}


def test_roles_of_two_units_never_mix(handler, branch, other_branch):
    """A handler here and a supervisor there is no supervisor here."""
    hold(handler, Role.SUPERVISOR, other_branch)
    assert may("reopen")(lying(other_branch), handler)
    assert not may("reopen")(lying(branch), handler)
