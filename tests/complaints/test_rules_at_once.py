"""A complaint under several rules of law, under none, across a change: taken in, told, and counted the same twice."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from complaints.models import Case
from complaints.services.replaying import differences
from complaints.services.taking import take_next
from complaints.verbs import answering, deciding, handling
from demo.checking import shown_months
from demo.recount import RECOUNTS, recount
from quality import cells
from sla import rulebook
from sla.models import Policy, RuleSet, Target
from sqm_site.health import readyz
from tests.cases import CLASSIFIED, DECIDED, TOLD, body, taken
from tests.nights import one_in
from tests.people import NOON
from tests.sla.test_selection import rule_set

TODAY = timezone.localdate(NOON)
LONG_AGO = date(2025, 12, 31)
LATER = TODAY + timedelta(days=60)  # every deadline is over by then


def second_rule(days: int) -> Callable[[], Any]:
    return lambda: rule_set("CITY", natures=["complaint"], first_due_days=days)


def next_version(days: int) -> Callable[[], Any]:
    return lambda: rule_set("CBIRC-2020-3", natures=["complaint"], first_due_days=days, effective_from=TODAY)


def no_rule() -> None:
    RuleSet.objects.update(effective_to=LONG_AGO)


def nothing_at_all() -> None:
    no_rule()
    Policy.objects.update(effective_to=LONG_AGO)


def target_of_a_decision() -> None:
    policy = Policy.objects.get(key="complaint")
    ladder = policy.targets.get(kind="resolution").ladder
    Target.objects.create(policy=policy, kind="decision", amount=2, unit="working_days", ladder=ladder)


# what the configuration says -> the deadline a complaint of 2026-11-23 is promised, and its clocks of kind decision
RULES: dict[str, tuple[Callable[[], Any], str, int]] = {
    "one rule": (lambda: None, "2026-12-08 23:59:59", 1),
    "a second rule that is stricter": (second_rule(10), "2026-12-03 23:59:59", 2),
    "a second rule that is milder": (second_rule(30), "2026-12-08 23:59:59", 2),
    "a version that begins today": (next_version(7), "2026-11-30 23:59:59", 1),
    "an internal target of the same kind": (target_of_a_decision, "2026-12-08 23:59:59", 2),
    "no rule": (no_rule, "2026-11-30 17:30:00", 0),
}


@pytest.fixture(autouse=True)
def fresh_rulebook():
    rulebook.forget()
    yield
    rulebook.forget()


def configured(lay_down: Callable[[], Any]) -> None:
    lay_down()
    rulebook.forget()


@pytest.mark.parametrize(("rules", "days"), one_in(3, product(RULES, (3, 8, 12, 20, None))))
def test_a_complaint_under_any_rules_is_taken_in_and_counted_the_same_twice(rules, days, integration, handler, lead):
    """F13, B2: two clocks of one kind refused every complaint; whoever joined with "the" clock counted it twice."""
    lay_down, promised, decisions = RULES[rules]
    configured(lay_down)
    case = taken(integration)
    due_at = datetime.fromisoformat(f"{promised}+08:00")

    assert case.promised_due_at == due_at
    assert case.next_due_at == min(clock.due_at for clock in case.clocks.all())
    assert case.clocks.filter(kind="decision").count() == decisions
    if days:
        tell(handler, lead, at=NOON + timedelta(days=days))
    cells.refresh_all()

    assert shown_months("on_time_rate", LATER)[due_at.date().replace(day=1)] == (in_time(days, due_at), 1)
    for key in RECOUNTS:
        assert {month: told for month, told in shown_months(key, LATER).items() if any(told)} == recount(key, LATER)
    assert [*differences(Case.objects.get(pk=case.pk))] == []


def in_time(days: int | None, due_at: datetime) -> int:
    return int(days is not None and NOON + timedelta(days=days) <= due_at)


def tell(handler, lead, *, at: datetime) -> None:
    """Take the one case that waits, decide it and tell the customer."""
    case = take_next(actor=handler, at=NOON)
    handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=handler, at=NOON, **DECIDED)
    deciding.approve_decision(case.reference, actor=lead, at=NOON)
    answering.notify(case.reference, actor=handler, at=at, **TOLD)


@pytest.mark.parametrize("lay_down", [no_rule, nothing_at_all])
def test_a_complaint_without_a_rule_is_taken_in_told_and_listed(lay_down, post, supervisor):
    """F14: a complaint without a rule of law was taken in in silence, and refused where no policy covered it either."""
    assert answer_of_readiness()["rules"] == "ready"
    post(body())
    configured(lay_down)

    reference = post(body()).json()["reference"]

    assert Case.objects.get(reference=reference).clocks.filter(basis="statutory").count() == 0
    assert "1 open cases" in answer_of_readiness()["rules"]
    desk = Client()
    desk.force_login(supervisor)
    rows = desk.get(reverse("desk:cases"), {"without_rule": "true"}).context["rows"]
    assert [row.case.reference for row in rows] == [reference]
    reader = Client(headers={"Authorization": f"Bearer {post.key}"})
    listed = reader.get("/api/v1/cases/", {"without_rule": "true"}).json()["results"]
    assert [row["reference"] for row in listed] == [reference]


def answer_of_readiness() -> dict[str, str]:
    return json.loads(readyz(RequestFactory().get("/")).content)["checks"]


def test_praise_needs_no_rule_of_law(integration):
    configured(no_rule)
    assert not taken(integration, nature="praise").without_rule


def test_a_day_before_every_rule_is_the_senders_to_correct(post):
    sent = body(occurred_at="1999-01-01T00:00:00+08:00")
    assert post(sent).status_code == 400
    configured(nothing_at_all)
    assert post(sent).status_code == 201


def test_the_day_a_complaint_was_received_decides_which_version_it_follows(integration):
    configured(next_version(7))
    days = {day: taken(integration, at=NOON - timedelta(days=1 - day)).clocks.get(kind="decision") for day in (0, 1)}

    assert {day: clock.rule_set.first_due_days for day, clock in days.items()} == {0: 15, 1: 7}
    assert date(2026, 12, 7) == timezone.localdate(days[0].due_at)
