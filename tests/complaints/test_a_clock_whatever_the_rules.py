"""Every open case has a deadline that counts, whatever the configuration says, or no longer says."""

from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import pytest

from complaints.desk.whydue import why
from complaints.models import OPEN, OUTLASTING, Case, Level, Nature
from complaints.services.deadlines import planned_on_receipt
from complaints.services.replaying import differences
from complaints.verbs import VERBS
from organization.models import InstitutionType
from sla import rulebook, services
from sla.models import Policy, RuleSet, Target
from tests.cases import taken
from tests.complaints.positions import POSITIONS, at  # the same walk and people
from tests.nights import either
from tests.people import NOON

LONG_AGO = date(2020, 12, 31)
BODIES = ["", "12378", "12363", "12386", "12345"]  # who transferred it; empty: the customer came himself


def no_policy() -> None:
    Policy.objects.update(effective_to=LONG_AGO)


def nothing_at_all() -> None:
    RuleSet.objects.update(effective_to=LONG_AGO)
    no_policy()


def for_others_only() -> None:
    """The rows of the law and of the house fit a category that no case has."""
    RuleSet.objects.update(categories=["Z"])
    Policy.objects.update(categories=["Z"])


def nothing_but_the_contact() -> None:
    """Policies whose rows say nothing of the result, of filing, of a wait and of the ways that are left."""
    RuleSet.objects.update(effective_to=LONG_AGO)
    Target.objects.exclude(kind="first_contact").delete()


CONFIGURATIONS: list[Callable[[], Any]] = [
    lambda: None,
    no_policy,
    nothing_at_all,
    for_others_only,
    nothing_but_the_contact,
]
NAMES = ["as set up", "no policy", "nothing at all", "for others only", "nothing but the contact"]


@pytest.fixture(autouse=True)
def forgotten():
    """What a test rolled back must not stay in the memory of the process."""
    yield
    rulebook.forget()


def configured(lay_down: Callable[[], Any]) -> None:
    lay_down()
    rulebook.forget()


def counting(case: Case):
    return case.clocks.filter(stopped_at=None, paused_at=None).exclude(kind__in=OUTLASTING)


@pytest.mark.parametrize("lay_down", CONFIGURATIONS, ids=NAMES)
def test_whatever_comes_in_from_whomever_to_whatever_institution_gets_a_clock(lay_down, integration):
    """All natures, all bodies that transfer, every kind of institution and of complainant, each level."""
    configured(lay_down)
    case = taken(integration)
    every = [Nature.values, BODIES, InstitutionType.values, ["", "individual", "organisation"], Level.values]
    for case.nature, case.source, case.legal_entity.institution_type, case.complainant_type, case.level in product(
        *every
    ):
        clocks = planned_on_receipt(case, at=NOON)

        assert clocks, f"{case.nature}, {case.source or 'from the customer'} has no clock"
        assert case.next_due_at == min(clock.due_at for clock in clocks)


@pytest.mark.parametrize("lay_down", CONFIGURATIONS, ids=NAMES)
def test_what_was_taken_in_and_transferred_has_a_running_clock_and_an_owner(lay_down, integration):
    configured(lay_down)
    for nature in Nature.values:
        case = taken(integration, nature=nature, external_id=nature)
        number = {"body": "12363", "number": f"{nature}-1", "received_at": NOON, "answer_required": False}
        VERBS["add_reference"](case.reference, actor=integration.user, at=NOON, **number)
        case = Case.objects.get(pk=case.pk)

        assert case.state in OPEN
        assert counting(case).exists(), f"{nature} has no clock"
        assert case.next_due_at and case.owner_id
        assert [*differences(case)] == []


NO_LAW_NO_TIME_OF_IT = {
    "time counts anew",
    "an extension asked for",
    "an extension asked for by who could grant it",
    "an extension granted",
    "waiting for a mediation, granted",
}


WALKED = sorted(POSITIONS.keys() - NO_LAW_NO_TIME_OF_IT)
EACH_WITH_EACH = [*product(WALKED, [nothing_at_all, nothing_but_the_contact])]
BY_TURNS = [EACH_WITH_EACH[2 * number + number % 2] for number in range(len(WALKED))]


@pytest.mark.parametrize(("position", "lay_down"), either(day=BY_TURNS, night=EACH_WITH_EACH))
def test_a_case_without_rules_has_a_running_clock_wherever_it_comes(position, lay_down, house):
    configured(lay_down)
    case = at(house, position)

    assert counting(case).exists() is (case.state in OPEN)
    assert [*differences(Case.objects.get(pk=case.pk))] == []


def test_the_clock_of_a_case_without_rules_says_so_and_the_case_is_listed(db, integration):
    configured(nothing_at_all)
    case = taken(integration, at=NOON)
    (clock,) = case.clocks.all()

    assert (clock.kind, clock.basis, case.without_rule) == ("resolution", "internal", True)
    assert case.promised_due_at == case.next_due_at == clock.due_at
    assert any("没有适用的时限规则" in sentence for sentence in why(clock))


def test_only_where_there_is_no_policy_at_all_there_is_none(db):
    Target.objects.all().delete()
    rulebook.forget()
    assert services.plan_anyway("filing", services.Facts(nature="complaint"), started_at=NOON, at=NOON) is None


def test_the_entity_comes_before_the_group_and_its_newest_row_first(db, institution):
    own = {"legal_entity": institution.legal_entity, "natures": ["praise"], "effective_to": LONG_AGO}
    group = Policy.objects.get(key="default")
    ladder = group.targets.first().ladder
    for year, minutes in ((2018, 30), (2019, 60)):
        policy = Policy.objects.create(
            key=f"own-{year}", name="own", calendar=group.calendar, effective_from=date(year, 1, 1), **own
        )
        Target.objects.create(policy=policy, kind="sign_off", amount=minutes, unit="working_minutes", ladder=ladder)
    rulebook.forget()
    facts = services.Facts(nature="complaint", entity=institution.legal_entity_id)

    def planned(kind: str, facts: services.Facts) -> tuple[str, Any]:
        clock = services.plan_anyway(kind, facts, started_at=NOON, at=NOON)
        return clock.kind, clock.provenance[0]["amount"]

    assert planned("sign_off", facts) == ("sign_off", 60)
    assert planned("filing", facts) == ("filing", 30)  # the group has one
    assert planned("promise", facts) == ("promise", 5)  # that of the result
    assert planned("sign_off", services.Facts(nature="complaint")) == ("sign_off", 240)
