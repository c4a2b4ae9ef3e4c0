"""会签: who must be heard is heard before a draft is approved, in their turn; whoever is measured gets not round it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, NotPutToYou, OrderedFromAbove, WrongState
from complaints.models import Case, CountersignRule, Task
from complaints.services import countersigning as service
from complaints.services.replaying import retold_otherwise
from complaints.verb import workers
from complaints.verbs import amending, answering, countersigning, deciding, handling, helping, overseeing
from feedback.models import Notice
from organization.models import Role, Unit, User
from organization.services import create_unit
from sqm_site.errors import Invalid, NotFound
from tests.cases import CLASSIFIED, DECIDED, SETTLED
from tests.people import NOON, person

DAY = timedelta(days=1)
RIGHT = {"agrees": True, "opinion": "口径无误"}
WRONG = {"agrees": False, "opinion": "与收费办法不符"}


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    service.RULES.forget()
    yield
    assert not [*retold_otherwise(Case.objects.all())]


@pytest.fixture
def legal(institution) -> User:
    return heading("FL", "法律部", institution)


@pytest.fixture
def cards(institution) -> User:
    return heading("KA", "信用卡部", institution)


@pytest.fixture
def guardian(institution) -> User:
    return person("guardian", Role.CONSUMER_PROTECTION, institution)


def heading(code: str, name: str, root: Unit) -> User:
    unit = create_unit(code, name=name, kind="department", parent=root, region=root.region)
    user = person(f"head-{code}", Role.DEPARTMENT_HEAD, unit)
    Unit.objects.filter(pk=unit.pk).update(head=user)
    return user


def wants(head: User, key: str, **fields: Any) -> CountersignRule:
    unit = head.memberships.get().unit
    given = {"effective_from": NOON.date(), "legal_entity": unit.legal_entity, "unit": unit, **fields}
    rule = CountersignRule.objects.create(key=key, **given)
    service.RULES.forget()
    return rule


def draft(case: Case, *, by: User) -> Case:
    if not case.category:
        handling.classify(case.reference, actor=by, at=NOON, **CLASSIFIED)
    return deciding.draft_decision(case.reference, actor=by, at=NOON, **DECIDED)


def opinion(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    return countersigning.give_opinion(case.reference, actor=by, at=at, **given)


def approve(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    return deciding.approve_decision(case.reference, actor=by, at=at, **given)


def asked(case: Case) -> list[tuple[str, str]]:
    return [(task.unit.code, task.ended_as) for task in case.tasks.order_by("number")]


def test_those_of_a_turn_are_asked_together_and_the_next_once_they_have_answered(owned, handler, lead, legal, cards):
    wants(legal, "law", turn=2)
    wants(cards, "cards", turn=1)
    wants(legal, "law again", turn=1)  # in its earliest turn, once
    wants(lead_of_root(owned), "root", turn=2)
    case = draft(owned, by=handler)
    assert asked(case) == [("KA", ""), ("FL", "")]
    opinion(case, by=cards, **RIGHT)
    assert len(asked(case)) == 2
    opinion(case, by=legal, **RIGHT)
    assert asked(case)[2:] == [(owned.legal_entity.units.get(parent=None).code, "")]
    with pytest.raises(GateNotMet, match="尚未会签"):
        approve(case, by=lead)
    told = Notice.objects.filter(kind="countersign", channel="in_app").values_list("to_user__username", flat=True)
    assert [*told] == ["head-KA", "head-FL", "chief-of-all"]


def lead_of_root(case: Case) -> User:
    root = case.legal_entity.units.get(parent=None)
    user = person("chief-of-all", Role.UNIT_HEAD, root)
    Unit.objects.filter(pk=root.pk).update(head=user)
    return user


def test_once_all_agree_it_is_approved_by_whoever_checks(owned, handler, lead, legal):
    wants(legal, "law")
    case = draft(owned, by=handler)
    opinion(case, by=legal, **RIGHT)
    assert approve(case, by=lead).state == "decided"


def test_an_objection_is_overruled_by_the_head_of_the_unit_alone_and_with_a_reason(owned, handler, lead, branch, legal):
    head = person("head", Role.UNIT_HEAD, branch)
    wants(legal, "law")
    case = draft(owned, by=handler)
    opinion(case, by=legal, **WRONG)
    for who, given in ((lead, {"remark": "仍按原方案"}), (head, {})):
        with pytest.raises(GateNotMet, match="会签不同意"):
            approve(case, by=who, **given)
    assert approve(case, by=head, remark="已与法律部沟通，按监管口径答复").state == "decided"


def test_a_new_draft_is_heard_anew_and_nobody_need_answer_on_the_old_one(owned, handler, lead, legal, cards):
    wants(legal, "law", turn=1)
    wants(cards, "cards", turn=2)
    case = draft(owned, by=handler)
    deciding.return_decision(case.reference, actor=lead, at=NOON, reason="依据不足")
    assert asked(case) == [("FL", "withdrawn")]
    with pytest.raises(WrongState):
        opinion(case, by=legal, **RIGHT)
    draft(owned, by=handler)
    assert asked(case) == [("FL", "withdrawn"), ("FL", "")]
    deciding.recall_decision(case.reference, actor=handler, at=NOON, reason="再核")
    assert asked(case)[-1] == ("FL", "withdrawn")


def test_whoever_is_late_holds_up_nothing_for_ever(owned, handler, branch, lead, legal, guardian):
    wants(legal, "law")
    case = draft(owned, by=handler)
    with pytest.raises(GateNotMet):
        approve(case, by=guardian, remark="期限将至")
    late = NOON + 9 * DAY
    with pytest.raises(GateNotMet):
        approve(case, by=lead, at=late, remark="期限将至")
    assert approve(case, by=guardian, at=late, remark="期限将至，法律部逾期未复").state == "decided"
    assert asked(case) == [("FL", "withdrawn")]


def test_from_above_it_is_withdrawn_and_the_next_turn_is_asked(owned, handler, supervisor, guardian, legal, cards):
    wants(legal, "law", turn=1)
    wants(cards, "cards", turn=2)
    case = draft(owned, by=handler)
    for who in (handler, supervisor):
        with pytest.raises(OrderedFromAbove):
            overseeing.withdraw_task(case.reference, actor=who, at=NOON, reason="不用了")
    overseeing.withdraw_task(case.reference, actor=guardian, at=NOON, reason="法律部已口头同意")
    assert asked(case) == [("FL", "withdrawn"), ("KA", "")]


def test_only_whoever_leads_the_unit_says_what_it_thinks(owned, handler, supervisor, legal, outsider):
    clerk = person("clerk", Role.HANDLER, legal.memberships.get().unit)
    wants(legal, "law")
    case = draft(owned, by=handler)
    for who in (clerk, outsider, supervisor, handler):
        with pytest.raises((NotPutToYou, NotFound)):
            opinion(case, by=who, **RIGHT)
    with pytest.raises(WrongState):  # it is no help that is asked for
        helping.answer_task(case.reference, actor=legal, at=NOON, answer="同意")
    opinion(case, by=legal, **RIGHT)
    assert legal.pk not in workers(Dossier(case))  # nobody is rid of a checker by asking them
    with pytest.raises(WrongState):
        overseeing.return_task(case.reference, actor=handler, at=NOON, reason="请再考虑")


def test_somebody_else_is_heard_beside_those_of_the_rules_at_once_or_afterwards(owned, handler, lead, legal, cards):
    wants(legal, "law")
    case = draft(owned, by=handler)
    said = {"ask": "请看收费口径", "afterwards": True}
    countersigning.countersign(case.reference, actor=handler, at=NOON, unit="KA", **said)
    assert asked(case) == [("FL", "")]
    with pytest.raises(GateNotMet, match="已在会签名单"):
        countersigning.countersign(case.reference, actor=lead, at=NOON, unit="FL", ask="请看")
    with pytest.raises(Invalid):
        countersigning.countersign(case.reference, actor=lead, at=NOON, unit="nowhere", ask="请看")
    opinion(case, by=legal, **RIGHT)
    task = case.tasks.get(unit__code="KA")
    assert (task.by, task.ended_as) == (handler, "")
    assert case.texts.get(event_sequence=task.event_sequence, kind="ask").text == "请看收费口径"


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({}, True),
        ({"level": "important"}, False),
        ({"level": "ordinary"}, True),
        ({"source": "12363"}, False),
        ({"category": CLASSIFIED["category"][:3]}, True),
        ({"category": "B99"}, False),
        ({"amount": 200}, True),
        ({"amount": 201}, False),
        ({"effective_from": NOON.date() + DAY}, False),
        ({"effective_from": NOON.date() - DAY, "effective_to": NOON.date() - DAY}, False),
    ],
)
def test_a_rule_says_which_decisions_it_means(rule, fits, owned, handler, legal):
    wants(legal, "law", **rule)
    amending.amend(owned.reference, actor=handler, at=NOON, amount="200.00", reason="客户补充")
    assert asked(draft(owned, by=handler)) == ([("FL", "")] if fits else [])


def test_what_must_be_countersigned_is_not_settled_at_once(fresh, handler, legal):
    wants(legal, "law")
    with pytest.raises(GateNotMet, match="会签"):
        answering.settle(fresh.reference, actor=handler, at=NOON, **SETTLED)


def test_of_a_tip_off_no_unit_hears(owned, handler, supervisor, legal):
    wants(legal, "law")
    case = Case.objects.get(pk=owned.pk)
    case.nature = "tip_off"
    assert service.rules_for(Dossier(case), at=NOON) == []


def test_an_opinion_is_of_a_draft_and_of_nothing_else(owned, handler, legal):
    wants(legal, "law")
    case = draft(owned, by=handler)
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(case=case).update(ended_as="answered", ended_at=NOON, answered_by=legal, answer_sequence=1)


def test_the_page_of_the_task_shows_the_draft_and_takes_the_opinion(owned, handler, legal, client):
    wants(legal, "law")
    case = draft(owned, by=handler)
    client.force_login(legal)
    address = f"/desk/cases/{case.reference}/tasks/1/"
    page = client.get(address).content.decode()
    assert DECIDED["findings"] in page and "会签意见" in page
    answer = {"verb": "give_opinion", "task": "1", "agrees": "true", "opinion": "同意"}
    assert client.post(address, answer).status_code == 302
    assert asked(case) == [("FL", "agreed")]
