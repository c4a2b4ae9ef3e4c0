"""Which rules and policies apply to a case: by its facts and by the day of receipt."""

from datetime import date
from typing import Any

import pytest

from organization.models import LegalEntity
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


def policy(key: str, minutes: int = 60, **facts: Any) -> Policy:
    """A policy with one deadline, for the sign-off."""
    calendar, ladder = Calendar.objects.get(code="cn-bank"), Ladder.objects.get(key="contact")
    fixed = {"name": key, "position": 1, "effective_from": date(2026, 1, 1), "calendar": calendar}
    made = Policy.objects.create(key=key, **fixed | facts)
    Target.objects.create(policy=made, kind="sign_off", amount=minutes, unit="working_minutes", ladder=ladder)
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


# --- versions -----------------------------------------------------------------------------------------------


@pytest.fixture
def amounts(configured, local):
    """kind -> the amounts of the deadlines of a complaint received at a moment."""

    def amounts_of(received: str, **facts: Any) -> dict[str, list[int]]:
        clocks = services.plan(Facts(nature="complaint", **facts), received_at=local(received), at=local(received))
        found: dict[str, list[int]] = {}
        for clock in clocks:
            found.setdefault(clock.kind, []).append(clock.provenance[0]["amount"])
        return found

    return amounts_of


@pytest.mark.parametrize(
    ("received", "days"),
    [("2026-09-13 23:59:59", 15), ("2026-09-14 00:00", 10), ("2027-02-28 23:59", 10), ("2027-03-01 00:00", 7)],
)
def test_a_version_ends_where_the_next_of_its_key_begins(received, days, amounts):
    """B2: a second version of a rule set without an end to the first gave two clocks of one kind, and a 500."""
    rule_set("CBIRC-2020-3", natures=["complaint"], effective_from=date(2026, 9, 14))
    rule_set("CBIRC-2020-3", natures=["complaint"], effective_from=date(2027, 3, 1), first_due_days=7)

    assert amounts(received)["decision"] == [days]


def test_a_new_version_stands_for_the_old_one_also_where_it_does_not_apply(amounts):
    rule_set("CBIRC-2020-3", natures=["complaint"], levels=["major"], effective_from=date(2026, 9, 14))

    assert "decision" not in amounts(MONDAY)
    assert amounts(MONDAY, level="major")["decision"] == [10]


def test_a_version_of_one_entity_does_not_end_that_of_the_group(amounts):
    own = LegalEntity.objects.get(code="main")
    rule_set("CBIRC-2020-3", natures=["complaint"], effective_from=date(2026, 9, 1), legal_entity=own)

    assert amounts(MONDAY)["decision"] == [15]
    assert amounts(MONDAY, entity=own.pk)["decision"] == [10]


@pytest.mark.parametrize(("received", "there"), [("2026-09-14 23:59", True), ("2026-09-15 00:00", False)])
def test_an_end_is_for_good_and_calls_no_earlier_version_back(received, there, amounts):
    rule_set("CBIRC-2020-3", natures=["complaint"], effective_from=date(2026, 9, 1), effective_to=date(2026, 9, 14))

    assert ("decision" in amounts(received)) is there


def test_two_keys_are_two_clocks_of_one_kind(amounts):
    """F13: the day a second rule of law came into force, every complaint was refused."""
    rule_set("CITY-12345", natures=["complaint"])

    assert sorted(amounts(MONDAY)["decision"]) == [10, 15]


@pytest.mark.parametrize(("received", "minutes"), [("2026-09-14 23:59", 4 * 60), ("2026-09-15 00:00", 90)])
def test_a_policy_has_versions_too(received, minutes, amounts):
    policy("complaint", minutes=90, natures=["complaint"], position=100, effective_from=date(2026, 9, 15))

    assert amounts(received)["sign_off"] == [minutes]


def test_a_target_that_names_a_ladder_gets_the_version_of_the_day(planned, local):
    before = planned(MONDAY)["sign_off"].ladder.pk
    newer = Ladder.objects.create(key="contact", name="新阶梯", effective_from=date(2026, 9, 15))
    newer.rungs.create(position=1, offset="0", kind="breach", tell="owner")
    rulebook.forget()

    assert planned(MONDAY)["sign_off"].ladder.pk == before
    assert planned("2026-09-15 10:00")["sign_off"].ladder.pk == newer.pk
    assert planned("2026-09-15 10:00")["decision"].ladder.key == "statutory"


def test_before_its_first_version_a_ladder_is_the_one_that_is_named(planned):
    Ladder.objects.filter(key="contact").update(effective_from=date(2026, 9, 15))
    rulebook.forget()

    assert planned(MONDAY)["sign_off"].ladder.key == "contact"


def test_without_any_policy_a_working_deadline_is_plain_time(configured, local):
    Policy.objects.update(effective_to=date(2020, 12, 31))
    rulebook.forget()

    assert services.working_deadline(local("2026-09-14 16:30"), 240) == local("2026-09-14 20:30")
