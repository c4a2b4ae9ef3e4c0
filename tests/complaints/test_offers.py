"""A page never offers what the door refuses, and never hides what it takes: roles x positions of a case x verbs."""

from collections.abc import Callable, Collection
from copy import deepcopy
from datetime import date
from typing import Any
from zlib import crc32

import pytest
from django.db import transaction
from django_fsm import can_proceed

from complaints.desk import queue
from complaints.dossier import Dossier
from complaints.locks import lock
from complaints.models import Case, State
from complaints.services.attaching import hand_over
from complaints.verbs import (
    VERBS,
    Verb,
    agreeing,
    allowed_verbs,
    answering,
    approving,
    closing,
    contacting,
    deciding,
    ending,
    escalation,
    extending,
    grading,
    grouping,
    handling,
    linking,
    merging,
    ownership,
    restarting,
    reviewing,
    satisfaction,
    splitting,
    spotting,
    transferring,
)
from organization.models import ApiClient, Role, User
from organization.rights import permissions, rights_of
from sqm_site.errors import DomainError
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
from tests.nights import either
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


def passes(verb: Verb, dossier: Dossier, user: User, given: dict[str, Any]) -> bool:
    """Whether the door takes a valid form, for a case that is locked; nothing of it stays."""
    try:
        with transaction.atomic():
            verb.within(deepcopy(dossier.case), actor=user, at=NOON, **given)
            transaction.set_rollback(True)
    except DomainError:
        return False
    return True


def drawn(names: Collection[str], verb: Verb, position: str) -> set[str]:
    """Of those with the same button for whom the verb is done: by day one, another in every position; by night all."""
    chosen = sorted(names)[crc32(f"{verb.name} {position}".encode()) % len(names)] if names else ""
    return either(day={chosen}, night=set(names))


@pytest.mark.parametrize("position", POSITIONS)
def test_a_page_offers_exactly_what_the_door_takes(position, house):
    """B27, D9: gates did not know who asks, so the page offered the author the check of his own decision."""
    case = at(house, position)
    once_more(case)  # which it may be linked with, or merged into
    inside = {name: user for name in PEOPLE if can_see(user := who(name), case)}
    page = Dossier(case, NOON)  # what is written of a case is the same for everybody
    pages = {name: allowed_verbs(case, user, NOON, dossier=page) for name, user in inside.items()}
    door = Dossier(lock(case.reference, [*inside.values()][-1]), NOON)
    wrong, others = [], dict.fromkeys(inside)
    for verb in VERBS.values():
        offered = {name for name, (verbs, _why_not) in pages.items() if verb.name in verbs}
        if not can_proceed(getattr(case, verb.name)):  # what the state forbids it forbids everybody
            wrong += [(name, verb.name, "offered") for name in offered]
            continue
        done_for = drawn(offered, verb, position)
        for name, user in inside.items():
            door.reader, door.others = user, others[name]
            given = verb.form.read(verb.form.example(door))
            others[name] = door.others
            taken = verb.refusal(door, actor=user, at=NOON, given=given) is None  # with which the door begins
            if taken and (name not in offered or name in done_for):
                taken = passes(verb, door, user, given)
            if taken != (name in offered):
                wrong.append((name, verb.name, pages[name][1].get(verb.name, "offered")))
    assert wrong == []


def can_see(user: User, case: Case) -> bool:
    return Case.objects.reachable_by(user).filter(pk=case.pk).exists()


def test_a_list_by_a_right_holds_the_cases_that_the_right_reaches(house):
    """B16, D8: "to check" asked for the area, not for the right, and a lead elsewhere counted as a lead here."""
    cases = {position: at(house, position) for position in POSITIONS}
    of_these = Case.objects.filter(pk__in=[case.pk for case in cases.values()])
    assert {case.state for case in cases.values()} == {*State}, "the walk reaches every state that a verb leads to"
    different = {str(sorted(granted.items())): name for name, granted in permissions().items()}
    for username in PEOPLE:
        rights = rights_of(who(username))
        for name in different.values():
            listed = set(of_these.filter(rights.reach(name)).values_list("pk", flat=True))
            allowed = {case.pk for case in cases.values() if rights.allows(name, case)}
            assert listed == allowed, (username, name)


# Tabs for one verb, and tabs of what lies somewhere, whatever the reader may do with it.
FOR_A_VERB = {"offered", "team", "check", "approve", "sample", "escalated"}
OF_A_PLACE = {"mine", "dispatch", "unsigned", "waiting", "overdue", "all"}
OF_SIGNS = {"groups"}  # five cases make one: tests/complaints/test_grouping.py


def test_a_tab_for_a_verb_holds_the_cases_on_which_the_reader_is_offered_it(house):
    """D8: three counted what their reader was refused: offers to colleagues, samples of the own team, own requests."""
    assert {tab.key for tab in queue.TABS} == FOR_A_VERB | OF_A_PLACE | OF_SIGNS
    cases = {position: at(house, position) for position in POSITIONS}
    pages = {position: Dossier(case, NOON) for position, case in cases.items()}
    wrong, held = [], set()
    for username in PEOPLE:
        user = who(username)
        offered = {
            position: set(allowed_verbs(case, user, NOON, dossier=pages[position])[0]) if can_see(user, case) else set()
            for position, case in cases.items()
        }
        for tab in (tab for tab in queue.TABS if tab.key in FOR_A_VERB):
            listed = set(tab.rows(user, NOON).values_list("pk", flat=True))
            held |= {tab.key} if listed else set()
            for position, case in cases.items():
                if (case.pk in listed) != (tab.verb in offered[position]):
                    wrong.append((tab.key, username, position, case.pk in listed))
    assert (wrong, held) == ([], FOR_A_VERB)


BY_HTTP = [
    ("received", ["receiver", "outsider"]),
    ("in progress, classified", ["handler"]),
    ("waiting for a check", ["lead"]),
    ("told", ["auditor"]),
]


@pytest.mark.parametrize(("position", "usernames"), BY_HTTP)
def test_over_http_the_answer_of_the_api_says_the_same(position, usernames, house, client):
    case = at(house, position)
    once_more(case)
    for username in usernames:
        client.force_login(who(username))
        shown = client.get(f"/api/v1/cases/{case.reference}/")
        offered = shown.json().get("allowed_verbs", [])
        for name, verb in VERBS.items():
            form = verb.form.example(Dossier(case, NOON, reader=who(username)))
            with transaction.atomic():
                answer = client.post(f"/api/v1/cases/{case.reference}/{name}/", form, content_type="application/json")
                transaction.set_rollback(True)
            allowed = {200} if name in offered else {404} if shown.status_code == 404 else {403, 409, 422}
            assert answer.status_code in allowed, (username, name, answer.content)
