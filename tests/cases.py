"""Cases with a history, made through the same doors and verbs as everywhere."""

import itertools
import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from complaints.api.intake import FeedbackInput, incoming
from complaints.models import Case, Offer, State
from complaints.services.intake import take_in
from complaints.verbs import VERBS, answering, approving, deciding, ending, handling, ownership
from complaints.verbs import satisfaction as satisfying
from organization.models import ApiClient, User
from tests.people import NOON

NUMBERS = itertools.count(1)
SAID = "我的信用卡年费被重复扣了两次，请尽快退回。"
CLASSIFIED = {"business_channel": "A10303", "category": "B020204", "reason": "C07", "complained_unit": "SH"}
DECIDED = {
    "finding": "SUBSTANTIATED",
    "demand_met": "MET",
    "findings": "年费确有重复扣收。",
    "basis": "收费公示第三条。",
    "outcome": "退回重复扣收的年费。",
    "remedies": "可自收到答复之日起三十日内向上级机构申请核查。",
}
CALLED = {"method": "PHONE", "result": "CONNECTED", "gist": "核实"}
TAKEN_BACK = {"evidence_kind": "RECORDING", "evidence": "REC-3", "root_cause": "R10"}
NOT_ENTITLED = {"decline_reason": "NOT_COMPLAINANT", "reason": "非投诉人本人，也无授权"}
TRANSFERRED = {"body": "12363", "number": "PBOC-2026-00123", "ordered_on": date(2026, 12, 7)}
ANSWERED = {"evidence": "沪银函〔2026〕45号", "text": "已告知投诉人处理结果。"}
TOLD = {"method": "PHONE", "evidence": "REC-1", "text": "已退回年费。"}
MORE_TIME = {"ground": "COMPLEX", "days": 15, "paper": "沪银核〔2026〕12号", "reason": "须调取三年前的账务记录"}
ASKED = {"evidence": "核申〔2026〕3号", "reason": "对答复结果有异议"}
CONCLUDED = {
    "conclusion": "upheld",
    "on_process": "sound",
    "on_time_limits": "sound",
    "on_result": "sound",
    **{name: DECIDED[name] for name in ("findings", "basis", "outcome", "remedies")},
}
SETTLED = {
    **CLASSIFIED,
    "finding": "SUBSTANTIATED",
    "demand_met": "MET",
    "method": "PHONE",
    "evidence": "REC-2",
    "text": "当场解释并退回。",
    "satisfaction": "satisfied",
}


def body(**fields: Any) -> dict[str, Any]:
    """A complaint as a channel posts it."""
    number = next(NUMBERS)
    return {
        "channel": "phone",
        "external_id": f"call-{number}",
        "subject": "年费重复扣收",
        "text": SAID,
        "customer": {"customer_no": f"K{number:06d}", "name": "测试客户", "phone": "13800138000"},
        **fields,
    }


def taken(integration: ApiClient, *, at: Any = NOON, **fields: Any) -> Case:
    """Take a message in as the API does, without HTTP."""
    sent = body(**fields)
    sent.setdefault("occurred_at", at.isoformat())
    taken_in = take_in(incoming(FeedbackInput.read(sent), integration, at=at), at=at)
    assert taken_in.case is not None
    return Case.objects.get(pk=taken_in.case.pk)


def offered(case: Case, *, to: User, at: Any = NOON) -> None:
    """Lay an open offer by name on a case, whatever its state."""
    place = {"unit": case.handling_unit, "from_unit": case.handling_unit, "legal_entity": case.legal_entity}
    people = {"to": to, "by": to, "by_name": True}
    case.offers.create(round=case.current_round, number=1, from_state="received", at=at, **place, **people)
    Case.objects.filter(pk=case.pk).update(offered_to=to, offered_unit=case.handling_unit)


def told(
    integration: ApiClient, *, handler: User, checker: User, since: Any = NOON, at: Any = NOON, **fields: Any
) -> Case:
    """A complaint received `since`, decided by two persons and told at `at`."""
    reference = taken(integration, at=since, **fields).reference
    VERBS["take_next"](reference, actor=handler, at=at)
    handling.classify(reference, actor=handler, at=at, **CLASSIFIED)
    deciding.draft_decision(reference, actor=handler, at=at, **DECIDED)
    deciding.approve_decision(reference, actor=checker, at=at)
    return answering.notify(reference, actor=handler, at=at, **TOLD)


def says(case: Case, view: str, *, accepts: bool = True, at: Any = NOON) -> Case:
    """The customer answers by a channel of theirs."""
    return satisfying.record_feedback(case.reference, actor=User.system(), at=at, satisfaction=view, accepts=accepts)


def grant(case: Case, *, by: User, at: Any = NOON, remark: str = "") -> Case:
    """The second person grants what is asked for on a case."""
    return approving.decide_approval(case.reference, actor=by, at=at, grant=True, remark=remark)


def take_back(case: Case, *, actor: User, second: User, at: Any = NOON, **given: Any) -> Case:
    """The customer withdraws: asked for by one, granted by another."""
    ending.withdraw(case.reference, actor=actor, at=at, **TAKEN_BACK, **given)
    return grant(case, by=second, at=at)


def decline(case: Case, *, actor: User, second: User, at: Any = NOON) -> Case:
    """Not raised by the complainant: granted by another, then told."""
    ending.decline(case.reference, actor=actor, at=at, **NOT_ENTITLED)
    grant(case, by=second, at=at)
    return ending.decline(case.reference, actor=actor, at=at, **TOLD)


def content(case: Case, *, caller: User, at: Any = NOON, satisfaction: str = "satisfied") -> Case:
    """A colleague without a part in the work asks the customer."""
    return satisfying.follow_up(case.reference, actor=caller, at=at, **CALLED, satisfaction=satisfaction)


# Asked after each of thousands of tests: written out, since Django took five times as long to word it as it takes.
LOST = f"""
SELECT count(*) FROM {Case._meta.db_table} AS one WHERE state = %s
AND NOT EXISTS (SELECT FROM {Offer._meta.db_table} AS open WHERE open.case_id = one.id AND open.ended_at IS NULL)
"""


class Post:
    """Posts to the API as an integration."""

    def __init__(self, key: str) -> None:
        self.client = Client()
        self.key = key

    def __call__(self, sent: Any, path: str = "/api/v1/feedback/", **headers: str) -> Any:
        raw = sent if isinstance(sent, bytes | str) else json.dumps(sent, ensure_ascii=False)
        return self.client.generic(
            "POST",
            path,
            raw,
            content_type=headers.pop("content_type", "application/json"),
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )


@pytest.fixture
def post(client_and_key) -> Post:
    return Post(client_and_key[1])


@pytest.fixture
def case(integration) -> Case:
    return taken(integration)


@pytest.fixture
def fresh(integration, handler) -> Case:
    """Taken by `handler` just now: pages know no other time, and what has passed is not paused and counts not anew."""
    case = taken(integration, at=timezone.now())
    return ownership.take_next(case.reference, actor=handler)


@pytest.fixture
def owned(case, handler) -> Case:
    """Taken by `handler`."""
    return ownership.take_next(case.reference, actor=handler, at=NOON)


@pytest.fixture
def decided(owned, handler, lead) -> Case:
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    return deciding.approve_decision(owned.reference, actor=lead, at=NOON)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Whatever a test did: no case waits for a sign-off that nobody is asked for."""
    result = yield
    if "_django_db_helper" in getattr(item, "fixturenames", ()) and connection.is_usable():
        assert connection.needs_rollback or not lost(), "assigned without an open offer"
    return result


def lost() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOST, [State.ASSIGNED.value])
        found: int = cursor.fetchone()[0]
    return found
