"""What a case leaves behind in one state does not trip it in the next."""

from complaints.models import State
from complaints.services import taking
from complaints.verbs import closing, contacting, deciding, handling, ownership
from organization.models import Role
from tests.cases import CLASSIFIED, DECIDED, body, take_back, taken
from tests.people import NOON, person


def test_a_case_withdrawn_while_its_decision_was_checked_can_be_decided_anew(owned, handler, lead, supervisor):
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    take_back(owned, actor=handler, second=supervisor)
    closing.reopen(owned.reference, actor=lead, at=NOON, reason="客户反悔")
    case = deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    assert case.state == State.PENDING_APPROVAL


def test_clocks_go_on_when_a_waiting_case_is_handed_over(owned, handler, colleague):
    contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请提供流水。")
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="专业不对口")
    case = ownership.accept(owned.reference, actor=colleague, at=NOON)
    assert case.state == State.IN_PROGRESS
    assert not case.clocks.filter(stopped_at=None).exclude(paused_at=None).exists()


def test_clocks_go_on_when_a_waiting_case_is_taken_from_the_queue(owned, handler, supervisor, colleague):
    contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请提供流水。")
    ownership.assign(owned.reference, actor=supervisor, at=NOON, unit="SH")
    case = taking.take_next(actor=colleague, at=NOON)
    assert not case.clocks.filter(stopped_at=None).exclude(paused_at=None).exists()


def test_an_offer_ends_with_the_case(case, branch, dispatcher, supervisor, handler):
    head = person("head", Role.UNIT_HEAD, branch)
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    case = take_back(case, actor=supervisor, second=head)
    assert (case.offered_to, case.offered_unit, case.offers.get().outcome) == (None, None, "ended")


def test_one_key_for_two_addresses_is_refused(post, integration):
    reference = post(body()).json()["reference"]
    sent, key = {"text": "进度如何？"}, {"Idempotency-Key": "once"}
    assert post(sent, f"/api/v1/cases/{reference}/chase/", **key).status_code == 200
    other = taken(integration).reference
    assert post(sent, f"/api/v1/cases/{other}/chase/", **key).status_code == 422
