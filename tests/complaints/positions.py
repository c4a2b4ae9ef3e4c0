"""Positions of a case: who is there, what came in, and the way that leads there. Many tests walk to them."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.models import Case
from complaints.services.attaching import hand_over
from complaints.verbs import (
    agreeing,
    answering,
    approving,
    closing,
    contacting,
    countersigning,
    deciding,
    ending,
    escalation,
    extending,
    grading,
    grouping,
    handling,
    helping,
    identifying,
    lettering,
    linking,
    merging,
    ownership,
    promising,
    redressing,
    representing,
    restarting,
    reviewing,
    ruling,
    satisfaction,
    splitting,
    spotting,
    supervising,
    tasking,
    transferring,
)
from organization.models import ApiClient, Role, User
from organization.rights import rights_of
from tests.cases import (
    ANSWERED,
    ASKED,
    CALLED,
    CLASSIFIED,
    CONCLUDED,
    DECIDED,
    MORE_TIME,
    NOT_ENTITLED,
    SETTLED,
    TAKEN_BACK,
    TOLD,
    TRANSFERRED,
    taken,
)
from tests.files import pdf
from tests.people import NOON, person

Step = Callable[[Case], object]


def who(username: str) -> User:
    return User.objects.get(username=username)


def does(username: str, verb, **words) -> Step:
    return lambda case: verb(case.reference, actor=who(username), at=NOON, **words)


END_OF_YEAR = date(2026, 12, 31)
TAKE = does("handler", ownership.take_next)
CLASSIFY = does("handler", handling.classify, **CLASSIFIED)
DRAFT = does("handler", deciding.draft_decision, **DECIDED)
DECIDE = [TAKE, CLASSIFY, DRAFT, does("checker", deciding.approve_decision)]
TELL = [*DECIDE, does("handler", answering.notify, **TOLD)]
DECLINE = does("handler", ending.decline, **NOT_ENTITLED)
GRANT = does("lead", approving.decide_approval, grant=True)
SETTLE = does("handler", answering.settle, **SETTLED)
SAMPLE = does("supervisor", spotting.draw_spot)
CALL = does("lead", satisfaction.follow_up, **CALLED, satisfaction="satisfied")
WAIVE = does("handler", satisfaction.waive_survey, waived_reason="REFUSED", reason="客户不愿评价")
REJECTED = {"satisfaction": "dissatisfied"}
NEW_FACTS = does("handler", restarting.restart, material="M-00001", reason="客户补交了新的凭证")
MORE_DAYS = does("handler", extending.extend, **MORE_TIME)
MEDIATED = {"ground": "MEDIATION", "evidence": "T-1", "until": END_OF_YEAR, "text": "双方申请调解"}
MEDIATE = does("lead", handling.suspend, **MEDIATED)
ALLOW = does("supervisor", approving.decide_approval, grant=True)
TRANSFER = lambda case: does(  # noqa: E731  a regulator gives each its own number
    "supervisor", transferring.add_reference, **{**TRANSFERRED, "number": case.reference}
)(case)
CLASSIFY_BY_LEAD = does("lead", handling.classify, **CLASSIFIED)
TO_COLLEAGUE = does("supervisor", ownership.assign, to="colleague")
REVIEW = does("supervisor", reviewing.request_review, **ASKED)
ON_THE_REVIEW = lambda case: Case.objects.get(links__other=case, kind="review")  # noqa: E731  what follows is done on it
SPLIT_OFF = lambda case: Case.objects.get(links__other=case, links__kind="split_from")  # noqa: E731
TAKE_REVIEW = does("reviewer", ownership.take_next)
DRAFT_REVIEW = does("reviewer", reviewing.decide_review, **CONCLUDED)


GIFT: dict[str, Any] = {"kind": "GOODWILL", "amount": Decimal(200), "reason": "安抚客户"}
PROMISE = does("handler", redressing.propose_redress, **GIFT)
PAY = lambda case: does(  # noqa: E731  the older one
    "colleague", redressing.pay_redress, redress=case.redress.earliest("pk").event_sequence, evidence="PAY-00001"
)(case)
SPEAKS: dict[str, Any] = {"capacity": "AGENT", "representative_name": "赵测试", "phone": "+8613900139000"}
SHOWN_PAPER: dict[str, Any] = {
    "authority": "MANDATE",
    "signed_on": NOON.date(),
    "seen": "ORIGINAL",
    "evidence": "WT-2026-0001",
    "identity_seen": True,
}
STRANGER = does("handler", identifying.verify_identity, identity="ACCOUNT_DATA", passed=False)
SPEAK = does("handler", representing.add_representative, **SPEAKS)
SEE = does("colleague", representing.verify_authority, **SHOWN_PAPER)
RULE = does("protection", ruling.rule_liability, result="LIABLE", responsible_unit="SH", basis="柜员未按规定核对。")


VOW = does("handler", promising.promise, kind="MATERIAL", promised="寄出对账单", until=date(2026, 11, 26))
KEEP = does("colleague", promising.record_promise_outcome, outcome="kept", evidence="SF-0001")
ASK = does("handler", tasking.add_task, unit="BJ", ask="请核实入账时间")
ASK_COLLEAGUE = does("handler", tasking.add_task, to="colleague", ask="请核实入账时间")
ORDER = does("supervisor", supervising.supervise, ask="三日内约见客户", until=(NOON + timedelta(days=3)).date())
SIGNS = does("handler", countersigning.countersign, unit="BJ", ask="请核口径")
OBJECT = does("chief", countersigning.give_opinion, agrees=False, opinion="口径不符")
HELP = does("colleague", helping.answer_task, answer="十一月三日入账")


def once_more(case: Case) -> None:
    """The customer raises something else; and everybody who may has a file to attach."""
    for name in PEOPLE:
        if rights_of(who(name)).has("attach"):
            hand_over(pdf(), name="evidence.pdf", by=who(name), at=NOON)
    other = taken(ApiClient.objects.get(user__username="hotline"))
    Case.objects.filter(pk=other.pk).update(customer=case.customer)


def the_other(case: Case) -> str:
    """The number of the other case of the customer."""
    return Case.objects.filter(customer=case.customer).exclude(pk=case.pk).latest("pk").reference


def with_the_other(case: Case) -> Case:
    return linking.link(case.reference, actor=who("handler"), at=NOON, other=the_other(case), kind="related")


def into_the_other(username: str) -> Step:
    """Merged into it, or asked for."""
    given = {"at": NOON, "reason": "同一事项"}
    return lambda case: merging.merge(case.reference, actor=who(username), into=the_other(case), **given)


EVENT = {"category": CLASSIFIED["category"], "reason": CLASSIFIED["reason"]}


def four_more(case: Case) -> Case:
    """Others complain of the same: the last one makes it a sign."""
    hotline = ApiClient.objects.get(user__username="hotline")
    return [taken(hotline, **EVENT, product=case.product) for _number in range(4)][-1]


GATHER = does("supervisor", grouping.gather, common="同一事件")
ON_THE_GROUP = lambda case: Case.objects.get(linked_from__case=case, linked_from__kind="child_of")  # noqa: E731
# position -> (fields of the message, the way there)
POSITIONS: dict[str, tuple[dict, list[Step]]] = {
    "received": ({}, []),
    "received, names the handler": ({"named_staff": ["handler"]}, []),
    "received, an enquiry": ({"nature": "enquiry"}, []),
    "received, much money": ({"amount": "9000"}, []),
    "offered to a colleague": ({}, [TO_COLLEAGUE]),
    "offered to the unit": ({}, [does("supervisor", ownership.assign, unit="SH")]),
    "refused twice, offered again": (
        {},
        [TO_COLLEAGUE, does("colleague", ownership.refuse, reason="不熟悉")] * 2 + [TO_COLLEAGUE],
    ),
    "in progress": ({}, [TAKE]),
    "in progress, classified": ({}, [TAKE, CLASSIFY]),
    "in progress, an enquiry replied to": (
        {"nature": "enquiry"},
        [TAKE, does("handler", contacting.reply, method="PHONE", text="九点开门。")],
    ),
    "in progress, declining asked for": ({}, [TAKE, DECLINE]),
    "in progress, two things asked for": (
        {},
        [TAKE, DECLINE, does("lead", ending.withdraw, **TAKEN_BACK)],
    ),
    "in progress, a regulator behind it": (
        {},
        [TAKE, TRANSFER],
    ),
    "waiting for the customer": ({}, [TAKE, does("handler", contacting.ask_customer, method="PHONE", text="请补材料")]),
    "waiting for an appraisal": (
        {},
        [TAKE, does("lead", handling.suspend, ground="APPRAISAL", evidence="J-1", until=END_OF_YEAR, text="送鉴定")],
    ),
    "waiting for a mediation": ({}, [TAKE, MEDIATE]),
    "waiting for a mediation, granted": ({}, [TAKE, MEDIATE, ALLOW]),
    "a day was agreed": (
        {},
        [TAKE, does("handler", agreeing.agree, until=END_OF_YEAR, evidence="R-9", terms="约定")],
    ),
    "waiting for a check": ({}, [TAKE, CLASSIFY, DRAFT]),
    "waiting for a check, important": (
        {},
        [TAKE, CLASSIFY, does("handler", grading.set_level, level="important", reason="老年客户"), DRAFT],
    ),
    "waiting for a check, the lead worked on it": (
        {},
        [TAKE, does("lead", contacting.acknowledge, method="PHONE"), CLASSIFY, DRAFT],
    ),
    "waiting for a check, offered meanwhile": ({}, [TAKE, CLASSIFY, DRAFT, TO_COLLEAGUE]),
    "decided": ({}, DECIDE),
    "told": ({}, TELL),
    "told, answered": ({}, [*TELL, does("handler", satisfaction.record_feedback, satisfaction="satisfied")]),
    "told, rejected": ({}, [*TELL, does("lead", satisfaction.record_feedback, accepts=False, **REJECTED)]),
    "told, a colleague asked": ({}, [*TELL, CALL]),
    "told, a waiver asked for": ({}, [*TELL, WAIVE]),
    "told without asking": ({}, [*TELL, WAIVE, GRANT]),
    "told, a review asked for": ({}, [*TELL, REVIEW]),
    "a review": ({}, [*TELL, REVIEW, ON_THE_REVIEW]),
    "a review under way": ({}, [*TELL, REVIEW, ON_THE_REVIEW, TAKE_REVIEW]),
    "a review to be checked": ({}, [*TELL, REVIEW, ON_THE_REVIEW, TAKE_REVIEW, DRAFT_REVIEW]),
    "a review decided": (
        {},
        [*TELL, REVIEW, ON_THE_REVIEW, TAKE_REVIEW, DRAFT_REVIEW, does("chief", deciding.approve_decision)],
    ),
    "settled": ({}, [TAKE, SETTLE]),
    "filed": ({}, [*TELL, CALL, does("handler", closing.close, root_cause="R07")]),
    "withdrawn": ({}, [TAKE, does("handler", ending.withdraw, **TAKEN_BACK), GRANT]),
    "declining granted": ({}, [TAKE, DECLINE, GRANT]),
    "declined": ({}, [TAKE, DECLINE, GRANT, does("handler", ending.decline, **TOLD)]),
    "time counts anew": ({}, [TAKE, NEW_FACTS, GRANT]),
    "an extension asked for": ({}, [TAKE, MORE_DAYS]),
    "an extension granted": ({}, [TAKE, MORE_DAYS, ALLOW]),
    "disputed": ({}, [*TELL, does("handler", closing.dispute, reason="金额不对")]),
    "told, and a regulator waits": ({}, [TAKE, TRANSFER, *DECIDE[1:], TELL[-1]]),
    "withdrawn, and a regulator waits": (
        {},
        [TAKE, TRANSFER, does("handler", ending.withdraw, **TAKEN_BACK), GRANT],
    ),
    "linked": ({}, [TAKE, once_more, with_the_other]),
    "split off": ({}, [does("supervisor", splitting.split, text="还有一件事"), SPLIT_OFF]),
    "a sign of a group": (EVENT | {"product": "金卡一"}, [four_more]),
    "part of a group": (EVENT | {"product": "金卡二"}, [four_more, GATHER]),
    "a group": (EVENT | {"product": "金卡三"}, [four_more, GATHER, ON_THE_GROUP]),
    "a group decided": (
        EVENT | {"product": "金卡四"},
        [four_more, GATHER, ON_THE_GROUP, TAKE, CLASSIFY, DRAFT, does("chief", deciding.approve_decision)],
    ),
    "merged": ({}, [TAKE, once_more, into_the_other("supervisor")]),
    "merged before anybody signed": ({}, [TO_COLLEAGUE, once_more, into_the_other("supervisor")]),
    "merging asked for": ({}, [TAKE, CLASSIFY_BY_LEAD, once_more, into_the_other("lead")]),
    "in the sample": ({}, [TAKE, SETTLE, SAMPLE]),
    "in the sample, told in two steps": ({}, [*TELL, SAMPLE]),
    "in the sample, the supervisor worked on it": (
        {},
        [TAKE, does("supervisor", contacting.acknowledge, method="PHONE"), SETTLE, SAMPLE],
    ),
    "escalated to the lead": ({}, [TAKE, does("handler", escalation.escalate, reason="请督办")]),
    "an extension asked for by who could grant it": ({}, [TAKE, does("supervisor", extending.extend, **MORE_TIME)]),
    "somebody else speaks": ({}, [TAKE, STRANGER]),
    "somebody else speaks, decided": ({}, [*DECIDE, STRANGER]),
    "raised by an agent": ({"complainant_type": "REPRESENTATIVE"}, [TAKE]),
    "raised by an agent who is written down": ({"complainant_type": "REPRESENTATIVE"}, [TAKE, SPEAK]),
    "raised by an agent whose paper was seen": ({"complainant_type": "REPRESENTATIVE"}, [TAKE, SPEAK, SEE]),
    "raised by an agent, decided": ({"complainant_type": "REPRESENTATIVE"}, [*DECIDE, SPEAK, SEE]),
    "redress promised": ({}, [TAKE, PROMISE]),
    "much redress asked for": ({}, [TAKE, does("handler", redressing.propose_redress, **GIFT | {"amount": 5000})]),
    "redress promised twice, one was paid": ({}, [*TELL, PROMISE, PROMISE, PAY]),
    "liability ruled on": ({}, [*TELL, RULE]),
    "liability appealed": ({}, [*TELL, RULE, does("handler", ruling.appeal_liability, reason="系统故障")]),
    "a promise was made": ({}, [TAKE, VOW]),
    "a promise was made, and told": ({}, [*TELL, VOW]),
    "a promise was kept": ({}, [TAKE, VOW, KEEP]),
    "another unit was asked": ({}, [TAKE, ASK]),
    "a colleague was asked": ({}, [TAKE, ASK_COLLEAGUE]),
    "a colleague has signed for a task, and was asked another": (
        {},
        [TAKE, ASK_COLLEAGUE, does("colleague", helping.accept_task), ASK_COLLEAGUE, ASK],
    ),
    "a colleague answered": ({}, [TAKE, ASK_COLLEAGUE, HELP]),
    "told, a task is open": ({}, [*TELL, ASK]),
    "an answer was ordered": ({}, [TAKE, ORDER]),
    "told, an answer was ordered": ({}, [*TELL, ORDER]),
    "an order was answered": ({}, [TAKE, ORDER, does("receiver", helping.answer_task, answer="已约见客户")]),
    "a draft is to be countersigned": ({}, [TAKE, CLASSIFY, DRAFT, SIGNS]),
    "a unit objects to the draft": ({}, [TAKE, CLASSIFY, DRAFT, SIGNS, OBJECT]),
    "a letter issued": ({}, [TAKE, does("handler", lettering.issue_letter, kind="acceptance")]),
    "a regulator was answered": ({}, [TAKE, TRANSFER, does("handler", transferring.answer_regulator, **ANSWERED)]),
}
PEOPLE = [
    "handler", "colleague", "lead", "supervisor", "dispatcher", "receiver", "checker", "outsider", "auditor",
    "analyst", "manager", "hotline", "reviewer", "chief", "protection",
]  # fmt: skip


@pytest.fixture
def house(integration, handler, colleague, lead, supervisor, dispatcher, outsider, auditor, branch) -> ApiClient:
    person("checker", Role.APPROVER, branch)
    person("analyst", Role.QUALITY_ANALYST, branch)
    person("manager", Role.LINE_MANAGER, branch)
    person("reviewer", Role.HANDLER, branch.parent)
    person("chief", Role.SUPERVISOR, branch.parent)
    person("protection", Role.CONSUMER_PROTECTION, branch.parent)
    User.objects.filter(pk=integration.user_id).update(username="hotline")
    return integration


def at(house: ApiClient, position: str) -> Case:
    return walked(house, *POSITIONS[position])


def walked(house: ApiClient, fields: dict, way: list[Step]) -> Case:
    case = taken(house, **fields)
    for step in way:
        came_to = step(case)
        case = came_to if isinstance(came_to, Case) else case
    return Case.objects.get(pk=case.pk)
