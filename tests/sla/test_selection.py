"""Which rules and policies apply to a case: by its facts and by the day of receipt."""

from datetime import date
from typing import Any

import pytest

from sla import rulebook, services
from sla.models import Calendar, Ladder, Policy, RuleSet, Target
from sla.services import Facts

MONDAY = "2026-09-14 10:00"
CARDS = {
    "nature": "complaint",
    "level": "important",
    "source": "12363",
    "institution_type": "bank",
    "complainant_type": "PERSON",
    "business_line": "cards",
    "category": "B020204",
}
LISTS = {
    "natures": "nature",
    "levels": "level",
    "sources": "source",
    "institution_types": "institution_type",
    "complainant_types": "complainant_type",
    "business_lines": "business_line",
    "categories": "category",
}


def rule_set(key: str, **facts: Any) -> RuleSet:
    fixed = {
        "name": key,
        "effective_from": date(2026, 1, 1),
        "first_due_days": 10,
        "max_days": 60,
        "calendar": Calendar.objects.get(code="cn-bank"),
        "ladder": Ladder.objects.get(key="statutory"),
    }
    made = RuleSet.objects.create(key=key, **fixed | facts)
    rulebook.forget()
    return made


def policy(key: str, **facts: Any) -> Policy:
    """A policy with one deadline, for the sign-off."""
    calendar, ladder = Calendar.objects.get(code="cn-bank"), Ladder.objects.get(key="contact")
    fixed = {"name": key, "position": 1, "effective_from": date(2026, 1, 1), "calendar": calendar}
    made = Policy.objects.create(key=key, **fixed | facts)
    Target.objects.create(policy=made, kind="sign_off", amount=60, unit="working_minutes", ladder=ladder)
    rulebook.forget()
    return made


@pytest.fixture
def rules(configured, local):
    """The keys of the rule sets that a case of these facts gets, and of its policy."""

    def rules_of(facts: Facts, received: str = MONDAY) -> list[str]:
        clocks = services.plan(facts, received_at=local(received), at=local(received))
        found = [clock.provenance[0] for clock in clocks]
        return list(dict.fromkeys(step.get("rule_set") or step["policy"] for step in found))

    return rules_of


@pytest.mark.parametrize(("listed", "fact"), LISTS.items())
def test_each_fact_of_a_case_can_choose_its_rule_and_its_policy(listed, fact, rules):
    rule_set("NARROW", **{listed: [CARDS[fact]]})
    policy("narrow", **{listed: [CARDS[fact]]})

    found = rules(Facts(**CARDS))
    assert "NARROW" in found and "narrow" in found
    # a complaint is one of its natures: another nature would meet no rule at all
    other = {"nature": "enquiry", "level": "major"}.get(fact, "")
    left = rules(Facts(**CARDS | {fact: other}))
    assert "NARROW" not in left and "narrow" not in left


def test_a_class_of_the_code_list_stands_for_what_is_below_it(rules):
    rule_set("CLASS", categories=["B0202"])

    assert "CLASS" in rules(Facts(**CARDS))
    assert "CLASS" not in rules(Facts(**CARDS | {"category": "B020304"}))


def test_a_rule_for_other_institutions_leaves_this_one_alone(rules):
    """R9: rule sets are chosen by institution type too."""
    rule_set("INSURERS", institution_types=["life_insurer", "property_insurer"])

    assert "INSURERS" not in rules(Facts(**CARDS))
    assert "INSURERS" in rules(Facts(**CARDS | {"institution_type": "life_insurer"}))
