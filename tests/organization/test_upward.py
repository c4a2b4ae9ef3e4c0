"""Whoever is looked for upward of a case: near before far, present, and with a right that reaches it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from organization.models import Membership, Role, Unit, User
from organization.services import Upward, create_entity, create_team, who_may
from tests.people import NOON, absent, hold, person

ROLES = [Role.TEAM_LEAD, Role.SUPERVISOR]


def lying(unit: Unit, **facts: Any) -> Any:
    """What the rights ask of a case."""
    nobody = dict.fromkeys(("owner_id", "offered_to_id", "offered_unit_id", "team_id", "business_line_id"))
    place = {"handling_unit": unit, "handling_unit_id": unit.pk, "legal_entity_id": unit.legal_entity_id}
    return SimpleNamespace(**nobody | place | {"nature": "complaint", "barred": []} | facts)


def nearest(unit: Unit, roles=tuple(ROLES), *, at=NOON, **facts: Any) -> User | None:
    return who_may("escalate", lying(unit, **facts), roles, at=at)


def test_the_nearest_person_above_comes_first(institution, branch, supervisor, sub_branch):
    head = person("head", Role.SUPERVISOR, institution)
    assert nearest(sub_branch) == nearest(branch) == supervisor
    assert nearest(institution) == head


def test_in_one_unit_the_earlier_role_comes_first_and_then_the_longer_serving(branch, lead, supervisor):
    assert nearest(branch) == lead
    assert nearest(branch, [Role.SUPERVISOR, Role.TEAM_LEAD]) == supervisor
    Membership.objects.filter(user=person("elder", Role.SUPERVISOR, branch)).update(valid_from="2020-01-01")
    assert nearest(branch, [Role.SUPERVISOR]).username == "elder"


def test_the_team_of_the_case_comes_first_of_all(branch, lead, team):
    second = create_team(branch, "二组")
    other = person("other.lead", Role.TEAM_LEAD, branch, second)
    assert (nearest(branch, team_id=team.pk), nearest(branch, team_id=second.pk)) == (lead, other)


def test_whoever_is_absent_or_has_left_or_was_ruled_out_is_passed_over(branch, lead, supervisor):
    absent(lead, until=NOON + timedelta(seconds=1))
    assert nearest(branch) == supervisor
    assert who_may("escalate", lying(branch), ROLES, at=NOON, but_not={supervisor.pk}) is None
    assert nearest(branch, at=NOON + timedelta(seconds=1)) == lead
    Membership.objects.filter(user=supervisor).update(valid_until="2026-11-22")
    assert nearest(branch) is None


def test_a_role_of_tomorrow_counts_tomorrow(branch, supervisor):
    Membership.objects.filter(user=supervisor).update(valid_from="2026-11-24")
    assert nearest(branch) is None
    assert nearest(branch, at=NOON + timedelta(days=1)) == supervisor


def test_a_right_to_all_of_the_entity_is_found_wherever_it_sits_and_last(branch, other_branch, supervisor):
    protection = person("protection", Role.CONSUMER_PROTECTION, other_branch)
    assert who_may("decide_approval", lying(branch), at=NOON) == supervisor
    assert who_may("decide_approval", lying(branch), [Role.CONSUMER_PROTECTION], at=NOON) == protection


def test_nobody_of_another_legal_entity(branch, supervisor):
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
    protection = person("protection", Role.CONSUMER_PROTECTION, abroad)
    assert who_may("decide_approval", lying(branch), [Role.CONSUMER_PROTECTION], at=NOON) is None
    assert who_may("decide_approval", lying(abroad), [Role.CONSUMER_PROTECTION], at=NOON) == protection


def test_who_has_the_role_but_not_the_right_is_not_asked(branch, handler):
    assert who_may("reopen", lying(branch), [Role.HANDLER], at=NOON) is None
    assert who_may("note", lying(branch), [Role.HANDLER], at=NOON) == handler


@pytest.mark.parametrize("count", [1, 20])
def test_all_are_read_in_one_query_for_any_number_of_cases(
    count, institution, branch, other_branch, lead, supervisor, django_assert_num_queries
):
    there = person("there", Role.SUPERVISOR, other_branch)
    hold(there, Role.TEAM_LEAD, other_branch)
    cases = [lying(unit) for unit in (branch, other_branch, institution)] * count
    with django_assert_num_queries(1):
        above = Upward("escalate", cases, ROLES, at=NOON)
        assert [above.nearest(case, [Role.SUPERVISOR]) for case in cases[:3]] == [supervisor, there, None]
        assert above.nearest(cases[0], units=[institution.pk]) is None
