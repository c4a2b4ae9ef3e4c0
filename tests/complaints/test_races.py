"""Two at once on one case: they take turns, and the log is a legal walk through the workflow whoever was first."""

import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from complaints.api.intake import FeedbackInput, incoming
from complaints.diagram import edges
from complaints.models import Case, CaseEvent, Decision, Firing, Message, State, Unread
from complaints.services import taking
from complaints.services.escalating import fire_due
from complaints.services.intake import take_in
from complaints.verbs import (
    RECORDED,
    VERBS,
    answering,
    approving,
    closing,
    contacting,
    deciding,
    ending,
    handling,
    ownership,
    satisfaction,
)
from organization.models import ApiClient, Role, User
from security.chain import verify_chain
from sqm_site.errors import DomainError
from tests.cases import CALLED, CLASSIFIED, DECIDED, NOT_ENTITLED, SETTLED, TAKEN_BACK, TOLD, body, taken
from tests.complaints.test_fire_due import LATE
from tests.nights import either, one_in
from tests.people import NOON, hold, person

PATIENCE = 20  # seconds


def take(_reference: str, *, actor: User, at: Any) -> Case:
    return taking.take_next(actor=actor, at=at)


SUSPENDED = {"ground": "APPRAISAL", "evidence": "J-1", "until": date(2026, 12, 31), "text": "送鉴定。"}
# name -> who does it, the verb, its words
ACTS: dict[str, tuple[str, Callable[..., Case], dict[str, Any]]] = {
    "accept": ("colleague", ownership.accept, {}),
    "refuse": ("colleague", ownership.refuse, {"reason": "不熟悉"}),
    "start": ("receiver", ownership.start, {}),
    "take_next": ("colleague", take, {}),
    "assign": ("supervisor", ownership.assign, {"to": "colleague"}),
    "assign to the unit": ("supervisor", ownership.assign, {"unit": "SH"}),
    "transfer": ("lead", ownership.transfer, {"to": "colleague", "reason": "专业对口"}),
    "classify": ("receiver", handling.classify, CLASSIFIED),
    "settle": ("receiver", answering.settle, SETTLED),
    "ask_customer": ("receiver", contacting.ask_customer, {"method": "PHONE", "text": "请提供流水。"}),
    "suspend": ("lead", handling.suspend, SUSPENDED),
    "resume": ("receiver", handling.resume, {}),
    "draft_decision": ("receiver", deciding.draft_decision, DECIDED),
    "approve_decision": ("checker", deciding.approve_decision, {}),
    "return_decision": ("supervisor", deciding.return_decision, {"reason": "依据不足"}),
    "notify": ("receiver", answering.notify, TOLD),
    "record_feedback": ("lead", satisfaction.record_feedback, {"satisfaction": "dissatisfied", "accepts": False}),
    "dispute": ("receiver", closing.dispute, {"reason": "金额不对"}),
    "call": ("colleague", satisfaction.follow_up, {**CALLED, "satisfaction": "satisfied"}),
    "close": ("receiver", closing.close, {"root_cause": "R07"}),
    "reopen": ("lead", closing.reopen, {"reason": "新的材料"}),
    "withdraw": ("system", ending.withdraw, TAKEN_BACK),
    "ask to decline": ("receiver", ending.decline, NOT_ENTITLED),
    "decide_approval": ("lead", approving.decide_approval, {"grant": True}),
}
CHECKED = ["start", "classify", "draft_decision"]
# how a case gets there -> the acts that race from there
FROM: dict[tuple[str, ...], list[str]] = {
    ("ask to decline",): ["start", "take_next", "assign", "settle", "withdraw", "decide_approval"],
    ("ask to decline", "assign"): ["accept", "refuse", "assign", "transfer", "withdraw", "decide_approval"],
    ("assign to the unit",): ["take_next", "assign", "withdraw"],
    ("start", "classify", "ask to decline"): [
        *("draft_decision", "settle", "ask_customer", "suspend", "transfer", "withdraw", "decide_approval"),
    ],
    ("start", "ask_customer"): ["resume", "assign", "withdraw"],
    ("start", "suspend"): ["resume", "transfer", "withdraw"],
    (*CHECKED,): ["approve_decision", "return_decision", "assign", "withdraw"],
    (*CHECKED, "assign"): ["approve_decision", "accept", "refuse"],
    (*CHECKED, "approve_decision"): ["notify", "transfer", "withdraw"],
    (*CHECKED, "approve_decision", "notify"): ["dispute", "call", "record_feedback"],
    (*CHECKED, "approve_decision", "notify", "call"): ["dispute", "close", "record_feedback"],
    (*CHECKED, "approve_decision", "notify", "call", "close"): ["reopen", "record_feedback"],
    ("withdraw",): ["reopen"],
}


@pytest.fixture
def house(transactional_db, integration, receiver, colleague, lead, supervisor, branch) -> ApiClient:
    """The people of a small branch, committed: whoever holds its complaint post works the cases too."""
    hold(receiver, Role.HANDLER, branch)
    person("checker", Role.APPROVER, branch)
    return integration


def act(name: str, case: Case) -> Case:
    username, verb, words = ACTS[name]
    return verb(case.reference, actor=User.objects.get(username=username), at=NOON, **words)


def brought(house: ApiClient, way: tuple[str, ...] = (), **fields: Any) -> Case:
    """A case after these acts, alone in its queue."""
    Case.objects.update(handling_unit=house.unit.parent)  # those of earlier races leave the queue
    case = taken(house, **fields)
    for name in way:
        act(name, case)
    return Case.objects.get(pk=case.pk)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run these in a thread each, started together; gives what each returned, or the refusal it met."""
    start = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait(PATIENCE)
        try:
            outcomes[place] = work()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    unexpected = [outcome for outcome in outcomes if isinstance(outcome, Exception) and not is_refusal(outcome)]
    assert unexpected == []
    return outcomes


def taking_next(username: str) -> Callable[[], Case]:
    return lambda: taking.take_next(actor=User.objects.get(username=username), at=NOON)


def is_refusal(outcome: Any) -> bool:
    return isinstance(outcome, DomainError)


def assert_whole(case: Case) -> None:
    """The log is one chain and one legal walk, and the case stands where it ends."""
    case = Case.objects.get(pk=case.pk)
    events = list(case.events.order_by("sequence"))
    assert verify_chain(events, CaseEvent.payload) == []
    assert (case.event_count, case.last_hash, case.state) == (len(events), events[-1].hash, events[-1].after)
    assert case.version == len([event for event in events if not (VERBS | RECORDED)[event.verb].leaves_etag])
    assert [event.before for event in events[1:]] == [event.after for event in events[:-1]]
    walked = {(event.before, event.verb, event.after) for event in events[1:] if event.verb not in {"fire", "join"}}
    assert walked <= edges()
    assert Unread.objects.filter(case_id=case.pk).count() == 2 * len(events)
    running = case.clocks.filter(stopped_at=None)
    counting = case.is_open and case.state != State.NOTIFIED
    assert running.filter(kind="resolution", round=case.current_round).count() == counting
    assert not running.exclude(round=case.current_round).exists()
    assert not case.is_open or case.owner is not None
    drafted = case.decisions.filter(status=Decision.Status.DRAFTED)
    assert drafted.count() == (case.state == State.PENDING_APPROVAL)
    firings = Firing.objects.filter(case=case)
    assert firings.count() == firings.values("clock", "position").distinct().count()


@pytest.mark.parametrize("way", FROM, ids=", ".join)
def test_two_verbs_at_once_leave_a_legal_history(house, way, subtests):
    for one, other in one_in(4, combinations_with_replacement(FROM[way], 2)) * either(day=1, night=10):
        with subtests.test(one=one, other=other):
            case = brought(house, way)
            outcomes = at_once(partial(act, one, case), partial(act, other, case))
            refused = sum(map(is_refusal, outcomes))
            assert refused < 2, "one of them was first, and nothing stood in its way"
            assert Case.objects.get(pk=case.pk).event_count - case.event_count >= 2 - refused
            assert_whole(case)


def test_two_who_take_at_once_get_two_cases(house):
    waiting = {taken(house).pk, taken(house).pk}
    got = at_once(taking_next("receiver"), taking_next("colleague"))
    assert {case.pk for case in got} == waiting
    assert [case.owner.username for case in got] == ["receiver", "colleague"]


def test_of_many_who_take_the_last_case_one_gets_it(house):
    case = brought(house)
    people = [User.objects.get(username=username) for username in ("receiver", "colleague", "lead")]
    got = at_once(*(lambda user=user: taking.take_next(actor=user, at=NOON) for user in people))
    assert [outcome.pk for outcome in got if not is_refusal(outcome)] == [case.pk]
    assert_whole(case)


def test_a_case_that_is_filed_while_the_sweep_fires_fires_once_or_not_at_all(house):
    case = brought(house, ("start",), nature="enquiry")
    contacting.reply(
        case.reference, actor=User.objects.get(username="receiver"), at=NOON, method="PHONE", text="九点开门。"
    )
    closed, _swept = at_once(partial(act, "close", case), lambda: fire_due(at=LATE))
    fire_due(at=LATE)
    assert closed.state == State.CLOSED
    assert case.events.filter(verb="fire").count() <= 1
    assert not case.clocks.filter(stopped_at=None).exists()
    assert not case.clocks.filter(next_fire_at__lte=LATE).exists()


def further(house: ApiClient, **fields: Any) -> Callable[[], Any]:
    sent = FeedbackInput.read(body(**fields))
    return lambda: take_in(incoming(sent, house, at=timezone.now()), at=NOON)


def test_a_message_that_comes_while_the_case_is_filed_joins_or_opens_another_one(house):
    case = brought(house, (*CHECKED, "approve_decision", "notify", "call"))
    closed, joined = at_once(partial(act, "close", case), further(house, case=case.reference))
    assert closed.state == State.CLOSED
    assert joined.case == case or joined.case.links.get().other == case
    assert Message.objects.filter(case=joined.case, feedback=joined.feedback).exists()
    assert_whole(case)


def test_a_message_of_a_conversation_that_ends_meanwhile_joins_or_opens_its_own_case(house):
    case = brought(house, thread="talk")
    _withdrawn, joined = at_once(partial(act, "withdraw", case), further(house, thread="talk"))
    assert joined.fresh
    assert joined.case == case or joined.case.state == State.RECEIVED
    assert Message.objects.filter(case=joined.case, feedback=joined.feedback).exists()
    assert_whole(case)
