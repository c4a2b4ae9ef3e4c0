"""承诺 (N24): no promise lapses without an outcome; whoever made it does not say alone that it was kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints.errors import GateNotMet, NotAllowed, WrongState
from complaints.models import Case, Promise
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, approving, promising
from organization.models import User
from sqm_site.errors import DomainError, NotFound
from tests.cases import CALLED, TAKEN_BACK, content, taken, told
from tests.people import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = (NOON + 3 * DAY).date()


def promise(case: Case, *, by: User, at: Any = NOON, kind: str = "MATERIAL", until: Any = DUE) -> Case:
    return promising.promise(case.reference, actor=by, at=at, kind=kind, promised="周四前寄出对账单", until=until)


def record(case: Case, *, by: User, at: Any = NOON + DAY, outcome: str = "kept", **given: Any) -> Case:
    said = {"evidence": "SF-0001"} if outcome == "kept" else {"reason": "网点停业"}
    return promising.record_promise_outcome(case.reference, actor=by, at=at, outcome=outcome, **{**said, **given})


def call(case: Case, *, by: User, at: Any = NOON + DAY, **given: Any) -> Case:
    return VERBS["log_contact"](case.reference, actor=by, at=at, **{**CALLED, "recording": "REC-7", **given})


def statuses(at: Any) -> list[str]:
    return [row.status_at(at) for row in Promise.objects.order_by("pk")]


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_a_promise_has_a_day_and_a_clock_and_moves_no_deadline_of_the_law(owned, handler):
    before = (owned.promised_due_at, owned.clocks.get(kind="decision").due_at)
    case = promise(owned, by=handler)
    row = case.promises.get()
    assert (row.by, row.kind, timezone.localdate(row.due_at)) == (handler, "MATERIAL", DUE)
    clock = case.clocks.get(kind="promise")
    assert (clock.basis, clock.subject, clock.due_at) == ("agreed", row.subject, row.due_at)
    assert (case.promised_due_at, case.clocks.get(kind="decision").due_at) == before
    assert case.texts.get(kind="promised").text == "周四前寄出对账单"


def test_a_colleague_says_that_it_was_kept(owned, handler, colleague):
    promise(owned, by=handler)
    case = record(owned, by=colleague)
    row = case.promises.get()
    assert (row.kept_at, row.credited_at, row.recorded_by, row.evidence) == (
        NOON + DAY,
        NOON + DAY,
        colleague,
        "SF-0001",
    )
    assert case.clocks.get(kind="promise").stopped_at == NOON + DAY
    assert statuses(NOON + 9 * DAY) == ["kept"]
    with pytest.raises(WrongState):
        record(owned, by=colleague)


def test_whoever_promised_it_needs_a_second_person_to_say_so(owned, handler, lead):
    promise(owned, by=handler)
    case = record(owned, by=handler)
    assert (case.approvals.count(), statuses(NOON + DAY)) == (1, ["open"])
    approving.decide_approval(case.reference, actor=lead, at=NOON + DAY + HOUR, grant=True)
    assert statuses(NOON + 2 * DAY) == ["kept"]


def test_who_promised_it_for_another_one_and_left_the_case_does_not_say_so_either(owned, lead, handler, supervisor):
    promise(owned, by=lead)
    assert record(owned, by=lead).approvals.count() == 1


def test_a_call_back_is_kept_by_the_call(owned, handler):
    promise(owned, by=handler, kind="CALL_BACK")
    for missed in ({"result": "NO_ANSWER"}, {"outbound": False}, {"recording": ""}, {"recording": "x"}):
        call(owned, by=handler, **missed)
    assert statuses(NOON + 2 * DAY) == ["open"]
    case = call(owned, by=handler, at=NOON + 2 * DAY)
    row = case.promises.get()
    assert (row.kept_at, row.evidence, row.status_at(NOON + 9 * DAY)) == (NOON + 2 * DAY, "REC-7", "kept")
    assert case.clocks.get(kind="promise").stopped_at == NOON + 2 * DAY


def test_a_call_keeps_nothing_but_call_backs(owned, handler):
    promise(owned, by=handler)
    call(owned, by=handler)
    assert statuses(NOON + 2 * DAY) == ["open"]


def test_a_call_of_before_keeps_nothing(owned, handler, lead):
    promise(owned, by=handler, kind="CALL_BACK", at=NOON + 2 * HOUR)
    call(owned, by=handler, at=NOON + 3 * HOUR, happened_at=NOON + HOUR)
    assert statuses(NOON + 2 * DAY) == ["open"]


def test_without_a_word_it_is_broken_once_its_day_is_over(owned, handler, lead, colleague):
    promise(owned, by=handler)
    assert statuses(NOON + 3 * DAY) == ["open"]
    fire_due(at=NOON + 8 * DAY)
    clock = owned.clocks.get(kind="promise")
    fired = list(clock.firings.order_by("position").values_list("kind", "recipient__username"))
    assert (statuses(NOON + 5 * DAY), clock.breached_at is not None) == (["broken"], True)
    assert fired[:3] == [("reminder", "handler"), ("breach", "handler"), ("escalation", "lead")]
    record(owned, by=colleague, at=NOON + 8 * DAY)
    assert statuses(NOON + 9 * DAY) == ["late"]


def test_that_it_is_not_kept_anybody_says_with_a_reason(owned, handler):
    promise(owned, by=handler)
    with pytest.raises(GateNotMet, match="原因"):
        record(owned, by=handler, outcome="broken", reason="")
    record(owned, by=handler, outcome="broken")
    assert statuses(NOON + DAY) == ["broken"]
    assert not owned.clocks.filter(kind="promise", stopped_at=None).exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"evidence": ""}, "编号"),
        ({"evidence": "已寄"}, "编号"),
        ({"happened_at": NOON - DAY}, "更正"),
        ({"promise": 999}, "哪一项"),
    ],
)
def test_what_an_outcome_lacks_is_said(owned, handler, colleague, given, words):
    promise(owned, by=handler)
    with pytest.raises(DomainError, match=words):
        record(owned, by=colleague, **given)
    assert statuses(NOON + DAY) == ["open"]


def test_it_has_a_day_that_is_not_over_and_within_a_year(owned, handler):
    for until in ((NOON - DAY).date(), (NOON + 400 * DAY).date()):
        with pytest.raises(GateNotMet):
            promise(owned, by=handler, until=until)


def test_entered_after_its_day_it_was_kept_in_time_once_somebody_saw_the_evidence(
    owned, handler, colleague, supervisor
):
    promise(owned, by=handler)
    case = record(owned, by=colleague, at=NOON + 5 * DAY, happened_at=NOON + 2 * DAY)
    assert statuses(NOON + 5 * DAY) == ["late"]
    approving.decide_approval(case.reference, actor=supervisor, at=NOON + 5 * DAY, grant=True)
    row = Promise.objects.get()
    assert (row.status_at(NOON + 9 * DAY), row.kept_at) == ("kept", NOON + 2 * DAY)
    assert case.clocks.get(kind="promise").stopped_at == NOON + 2 * DAY


def test_a_later_day_is_another_promise_and_the_first_one_stays(owned, handler):
    promise(owned, by=handler)
    promise(owned, by=handler, at=NOON + 2 * DAY, until=(NOON + 9 * DAY).date())
    assert statuses(NOON + 4 * DAY) == ["broken", "open"]
    assert owned.clocks.filter(kind="promise", stopped_at=None).count() == 2


def test_of_two_it_is_said_which_was_kept(owned, handler, colleague):
    promise(owned, by=handler)
    second = promise(owned, by=handler).event_count
    with pytest.raises(GateNotMet, match="哪一项"):
        record(owned, by=colleague)
    record(owned, by=colleague, promise=second)
    assert statuses(NOON + DAY) == ["open", "kept"]


def test_it_waits_for_nobody(owned, handler):
    promise(owned, by=handler)
    VERBS["ask_customer"](owned.reference, actor=handler, at=NOON + HOUR, method="PHONE", text="请补材料")
    assert owned.clocks.get(kind="promise").paused_at is None


def test_nothing_is_filed_while_a_promise_has_no_outcome(integration, handler, lead, colleague):
    case = told(integration, handler=handler, checker=lead)
    content(case, caller=lead, at=NOON)
    promise(case, by=handler)
    with pytest.raises(GateNotMet, match="承诺"):
        VERBS["close"](case.reference, actor=handler, at=NOON + DAY, root_cause="R07")
    record(case, by=colleague)
    assert VERBS["close"](case.reference, actor=handler, at=NOON + DAY, root_cause="R07").state == "closed"


def test_it_outlasts_the_case_and_the_round(owned, handler, lead, colleague):
    promise(owned, by=handler)
    VERBS["withdraw"](owned.reference, actor=handler, at=NOON, **TAKEN_BACK)
    approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=True)
    case = Case.objects.get(pk=owned.pk)
    assert (case.state, case.clocks.filter(stopped_at=None).get().kind) == ("withdrawn", "promise")
    record(case, by=colleague)
    assert not case.clocks.filter(stopped_at=None).exists()


def test_it_is_not_merged_away(integration, handler, supervisor, colleague):
    customer = {"customer_no": "K000009", "name": "测试客户", "phone": "13800138000"}
    other, case = (taken(integration, customer=customer) for _number in range(2))
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    promise(case, by=handler)
    with pytest.raises(GateNotMet, match="承诺"):
        VERBS["merge"](case.reference, actor=supervisor, at=NOON, into=other.reference, reason="同一事项")


def test_no_stranger_promises_or_records(owned, handler, outsider, auditor):
    with pytest.raises(NotFound):
        promise(owned, by=outsider)
    with pytest.raises(NotAllowed):
        promise(owned, by=auditor)
    promise(owned, by=handler)
    with pytest.raises(NotAllowed):
        record(owned, by=auditor)


def test_the_database_holds_one_outcome(owned, handler, colleague):
    promise(owned, by=handler)
    record(owned, by=colleague)
    for wrong in ({"broken_at": NOON + DAY}, {"credited_at": None}, {"kept_at": NOON - DAY}, {"recorded_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Promise.objects.update(**wrong)


def test_the_list_the_page_and_the_api_show_it(client, fresh, handler, outsider):
    tomorrow = timezone.localdate() + DAY
    case = promise(fresh, by=handler, at=None, until=tomorrow)
    client.force_login(handler)
    page = client.get("/desk/promises/").content.decode()
    assert case.reference in page and "待兑现" in page and "提供材料" in page
    assert "cf-promises" in client.get(f"/desk/cases/{case.reference}/").content.decode()
    (row,) = client.get(f"/api/v1/cases/{case.reference}/").json()["promises"]
    assert (row["kind"], row["status"], row["kept_at"]) == ("MATERIAL", "open", None)
    record(case, by=handler, at=None, outcome="broken")
    assert case.reference in client.get("/desk/promises/?which=broken").content.decode()
    assert case.reference not in client.get("/desk/promises/").content.decode()
    client.force_login(outsider)
    assert case.reference not in client.get("/desk/promises/?which=all").content.decode()
