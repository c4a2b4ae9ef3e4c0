"""Two cases of one customer, and how they are merged and taken apart."""

from datetime import timedelta

import pytest

from complaints.models import Case
from complaints.services.replaying import differences
from complaints.verbs import VERBS, approving, merging
from organization.models import Role, User
from tests.cases import CLASSIFIED, DECIDED, taken
from tests.people import NOON, person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WHO = {"customer_no": "K1", "name": "测试客户", "phone": "13800138000"}
SAME = {"reason": "同一事项再次投诉"}
APART = {"reason": "核实后为两件事"}


@pytest.fixture
def older(integration) -> Case:
    return taken(integration, customer=WHO, at=NOON - 2 * DAY)


@pytest.fixture
def newer(integration, older) -> Case:
    return taken(integration, customer=WHO)


@pytest.fixture
def chief(branch) -> User:
    """Above the branch, and without a part in any case."""
    return person("chief", Role.SUPERVISOR, branch.parent)


def merge(case: Case, into: Case, *, by: User, at=NOON) -> Case:
    return merging.merge(case.reference, actor=by, at=at, into=into.reference, **SAME)


def unmerge(case: Case, *, by: User, at=NOON) -> Case:
    return merging.unmerge(case.reference, actor=by, at=at, **APART)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def due(case: Case, kind: str = "decision"):
    return fresh(case).current_round.clocks.get(kind=kind).due_at


def merged(case: Case, into: Case, *, by: User, second: User, at=NOON) -> Case:
    """Also where a second person is asked."""
    merge(case, into, by=by, at=at)
    if fresh(case).state != "merged":
        approving.decide_approval(case.reference, actor=second, at=at, grant=True)
    return fresh(case)


def apart(case: Case, *, by: User, second: User, at=NOON) -> Case:
    unmerge(case, by=by, at=at)
    if fresh(case).state == "merged":
        approving.decide_approval(case.reference, actor=second, at=at, grant=True)
    return fresh(case)


def whole(*cases: Case) -> None:
    for case in cases:
        assert [*differences(fresh(case))] == []


ASKED_FOR = {"method": "PHONE", "text": "请补材料"}
POSITIONS = {
    "received": [],
    "assigned": [("supervisor", "assign", {"to": "colleague"})],
    "in_progress": [("handler", "take_next", {})],
    "in_progress, offered on": [("handler", "take_next", {}), ("supervisor", "assign", {"to": "colleague"})],
    "waiting_customer": [
        ("handler", "take_next", {}),
        ("handler", "ask_customer", ASKED_FOR),
    ],
    "waiting, offered on": [
        ("handler", "take_next", {}),
        ("handler", "ask_customer", ASKED_FOR),
        ("supervisor", "assign", {"to": "colleague"}),
    ],
    "pending_approval": [
        ("handler", "take_next", {}),
        ("handler", "classify", CLASSIFIED),
        ("handler", "draft_decision", DECIDED),
    ],
    "decided": [
        ("handler", "take_next", {}),
        ("handler", "classify", CLASSIFIED),
        ("handler", "draft_decision", DECIDED),
        ("checker", "approve_decision", {}),
    ],
    "something asked for": [
        ("handler", "take_next", {}),
        ("handler", "set_level", {"level": "important", "reason": "老年客户"}),
        ("handler", "set_level", {"level": "ordinary", "reason": "一般"}),
    ],
}


@pytest.fixture
def staff(branch, handler, colleague, lead, supervisor, chief):
    person("checker", Role.APPROVER, branch)


def walked(case: Case, position: str, *, at=NOON) -> Case:
    for name, verb, words in POSITIONS[position]:
        VERBS[verb](case.reference, actor=User.objects.get(username=name), at=at, **words)
    return fresh(case)


def without(state: dict, verbs_asked: set[str]) -> dict:
    """What it is but for the second persons of the merging itself."""
    kept = {key: row for key, row in state["approvals"].items() if row["verb"] not in {"merge", "unmerge"}}
    return state | {"approvals": kept}
