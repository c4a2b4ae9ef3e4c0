"""实时流程看板: what it says is what a count by hand says, and where it piles up it says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from complaints.models import FINAL, Case, State
from complaints.services.taking import take_next
from complaints.verbs import contacting, deciding, handling, ownership
from organization.models import Role, User
from quality import cells, process
from quality.models import Stay
from quality.process import LATELY, console
from quality.scope import scope_of
from tests.cases import CLASSIFIED, DECIDED, taken
from tests.people import NOON, person

PAGE = "/quality/process/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def nothing_is_usual():
    process.USUAL.forget()


def stood() -> list[tuple[str, Any, Any, str]]:
    cells.refresh_all()
    rows = Stay.objects.order_by("case", "sequence")
    return [(row.state, row.since, row.until, row.ended_by) for row in rows]


def seen_by(user: User, *, at: Any = NOON) -> process.Console:
    cells.refresh_all()
    return console(user, scope_of(user), at=at)


def step(found: process.Console, state: str) -> process.Step:
    return next(one for one in found.steps if one.state == state)


def test_a_stretch_begins_and_ends_with_the_events_that_move_the_case(integration, handler, lead):
    taken(integration, at=NOON)
    case = take_next(actor=handler, at=NOON + HOUR)
    handling.note(case.reference, actor=handler, at=NOON + 2 * HOUR, text="已致电")
    contacting.ask_customer(case.reference, actor=handler, at=NOON + 3 * HOUR, method="PHONE", text="请补材料")
    assert stood() == [
        ("received", NOON, NOON + HOUR, "take_next"),
        ("in_progress", NOON + HOUR, NOON + 3 * HOUR, "ask_customer"),
        ("waiting_customer", NOON + 3 * HOUR, None, ""),
    ]


def test_what_stands_is_what_the_cases_say(integration, handler, lead, supervisor):
    for number in range(4):
        taken(integration, at=NOON - number * DAY)
    case = take_next(actor=handler, at=NOON)
    handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=handler, at=NOON + HOUR, **DECIDED)
    found = seen_by(supervisor, at=NOON + 2 * HOUR)
    by_hand = {state: Case.objects.filter(state=state).count() for state in State if state not in FINAL}
    assert {one.state: one.standing for one in found.steps} == by_hand
    assert found.standing == 4 and sum(line.standing for line in found.units) == 4
    came = Case.objects.filter(state="received").earliest("received_at").events.earliest("sequence").at
    assert (step(found, "received").oldest, step(found, "received").left) == (NOON + 2 * HOUR - came, 1)
    assert step(found, "pending_approval").median == HOUR
    assert step(found, "in_progress").left_median == HOUR


def test_what_came_back_and_what_was_sent_back_is_counted(integration, handler, lead, other_branch):
    root = person("of-all", Role.SUPERVISOR, other_branch.parent)
    post = person("post", Role.DISPATCHER, other_branch)
    other_branch.receiver = post
    other_branch.save()
    taken(integration, at=NOON)
    case = take_next(actor=handler, at=NOON)
    handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=handler, at=NOON, **DECIDED)
    deciding.return_decision(case.reference, actor=lead, at=NOON + HOUR, reason="依据不足")
    ownership.transfer(case.reference, actor=handler, at=NOON + HOUR, unit="BJ", reason="属北京")
    ownership.refuse(case.reference, actor=post, at=NOON + 2 * HOUR, reason="不属本行")
    found = seen_by(root, at=NOON + 3 * HOUR)
    assert dict(found.rework) == {"return_decision": 1, "refuse": 1}
    assert found.sent_back == [{"unit__name": "北京分行", "from_unit__name": case.handling_unit.name, "n": 1}]
    later = console(root, scope_of(root), at=NOON + LATELY + DAY)
    assert (later.rework, later.sent_back) == ([], [])


def test_where_it_stands_longer_than_it_used_to_is_a_bottleneck(integration, receiver, supervisor):
    for number in range(process.ENOUGH):
        case = taken(integration, at=NOON - 20 * DAY + number * HOUR)
        ownership.start(case.reference, actor=receiver, at=case.received_at + 2 * HOUR)
    for _one in range(process.FEW):
        taken(integration, at=NOON - DAY)
    found = step(seen_by(supervisor), "received")
    assert (found.usual, found.longer, found.standing) == (2 * HOUR, process.FEW, process.FEW)
    assert found.is_bottleneck and [one.state for one in seen_by(supervisor).bottlenecks] == ["received"]
    assert step(seen_by(supervisor), "in_progress").usual is None  # nothing left it: nothing is usual


def test_few_say_nothing(integration, receiver, supervisor):
    for number in range(process.ENOUGH - 1):
        case = taken(integration, at=NOON - 20 * DAY + number * HOUR)
        ownership.start(case.reference, actor=receiver, at=case.received_at + 2 * HOUR)
    taken(integration, at=NOON - DAY)
    assert step(seen_by(supervisor), "received").usual is None


def test_of_other_units_and_of_tip_offs_nothing_is_counted(integration, supervisor, other_branch):
    taken(integration, at=NOON)
    taken(integration, at=NOON, nature="tip_off")
    there = person("there", Role.SUPERVISOR, other_branch)
    assert seen_by(supervisor).standing == 1
    assert seen_by(there).standing == 0


@pytest.mark.usefixtures("nothing_expires")
def test_it_costs_the_same_whatever_there_is(integration, supervisor, client, django_assert_max_num_queries):
    client.force_login(supervisor)
    for _round in range(2):
        for _one in range(5):
            taken(integration)
        cells.refresh_all()
        process.USUAL.forget()
        with django_assert_max_num_queries(16):
            assert client.get(PAGE).status_code == 200


def test_the_page_leads_to_the_cases_and_draws_itself_anew(integration, supervisor, client: Client):
    taken(integration)
    cells.refresh_all()
    client.force_login(supervisor)
    text = client.get(PAGE).content.decode()
    assert "/desk/cases/?state=received&amp;ordering=next_due_at" in text and "流程看板" in text
    part = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="cf-process"') and "<html" not in part
    unit = Case.objects.get().handling_unit.code
    assert f"unit={unit}" in client.get(PAGE, {"unit": unit}).content.decode()


def test_who_answers_for_nothing_does_not_see_it(client, handler):
    client.force_login(handler)
    assert client.get(PAGE).status_code == 403
