"""The way round: from registration to filing, the gates on it, and the ways back."""

from datetime import timedelta

import pytest

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, NotAllowed, SecondPerson, WrongState
from complaints.models import Case, CaseEvent, State
from complaints.services import taking
from complaints.verbs import (
    VERBS,
    allowed_verbs,
    amending,
    answering,
    approving,
    closing,
    contacting,
    deciding,
    ending,
    grading,
    handling,
    satisfaction,
)
from feedback.models import Survey
from security.chain import verify_chain
from sqm_site.errors import NotFound
from tests.cases import CLASSIFIED, DECIDED, NOT_ENTITLED, SETTLED, TAKEN_BACK, TOLD, content, grant, taken
from tests.people import NOON

LATER = NOON + timedelta(hours=1)


def verbs(case: Case) -> list[str]:
    return list(case.events.order_by("sequence").values_list("verb", flat=True))


def test_a_complaint_goes_round_to_filed(decided, handler, lead):
    reference = decided.reference
    case = answering.notify(reference, actor=handler, at=LATER, **TOLD)
    assert (case.state, case.current_round.notified_at) == (State.NOTIFIED, LATER)
    assert case.clocks.get(stopped_at=None).kind == "filing"
    assert Survey.objects.get().reference == reference

    content(case, caller=lead, at=LATER)
    case = closing.close(reference, actor=handler, at=LATER, root_cause="R07")
    assert (case.state, case.current_round.closed_at, case.root_cause) == (State.CLOSED, LATER, "R07")
    way = ["take_in", "take_next", "classify", "draft_decision", "approve_decision", "notify"]
    assert verbs(case) == [*way, "follow_up", "record_feedback", "close"]
    assert verify_chain(case.events.order_by("sequence"), CaseEvent.payload) == []


def test_a_decision_needs_its_classification(owned, handler):
    with pytest.raises(GateNotMet, match="分类"):
        deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    assert Case.objects.get().state == State.IN_PROGRESS


def test_nobody_approves_their_own_decision(owned, handler, lead):
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    with pytest.raises(SecondPerson):
        deciding.approve_decision(owned.reference, actor=handler, at=NOON)
    assert deciding.approve_decision(owned.reference, actor=lead, at=NOON).state == State.DECIDED


def test_a_colleague_who_worked_on_the_case_does_not_check_it(owned, handler, lead):
    contacting.acknowledge(owned.reference, actor=lead, at=NOON, method="PHONE")
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    with pytest.raises(SecondPerson):
        deciding.approve_decision(owned.reference, actor=lead, at=NOON)


def test_a_colleague_checks_an_ordinary_case_but_not_an_important_one(owned, handler, colleague):
    grading.set_level(owned.reference, actor=handler, at=NOON, level="important", reason="老年客户")
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    with pytest.raises(NotAllowed):
        deciding.approve_decision(owned.reference, actor=colleague, at=NOON)


def test_a_returned_decision_goes_back_to_its_author(owned, handler, lead):
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    case = deciding.return_decision(owned.reference, actor=lead, at=NOON, reason="依据不足")
    assert case.state == State.IN_PROGRESS
    assert deciding.draft_decision(owned.reference, actor=handler, at=LATER, **DECIDED).state == State.PENDING_APPROVAL


def test_a_simple_case_is_settled_in_one_form(case, handler):
    taking.take_next(actor=handler, at=NOON)
    settled = answering.settle(case.reference, actor=handler, at=NOON, **SETTLED)
    assert (settled.state, settled.current_round.settled, settled.current_round.satisfaction) == (
        State.NOTIFIED,
        True,
        "satisfied",
    )
    assert closing.close(case.reference, actor=handler, at=NOON, root_cause="R08").state == State.CLOSED


def test_a_case_that_names_staff_is_not_settled_at_once(integration, handler):
    case = taken(integration, named_staff=["柜员一号"])
    taking.take_next(actor=handler, at=NOON)
    with pytest.raises(GateNotMet):
        answering.settle(case.reference, actor=handler, at=NOON, **SETTLED)


def test_the_close_gate_needs_a_root_cause(decided, handler):
    answering.notify(decided.reference, actor=handler, at=LATER, **TOLD)
    with pytest.raises(GateNotMet, match="成因"):
        closing.close(decided.reference, actor=handler, at=LATER)


def test_a_complaint_cannot_be_filed_before_the_customer_was_told(decided, handler):
    with pytest.raises(WrongState):
        closing.close(decided.reference, actor=handler, at=LATER, root_cause="R07")


def test_an_enquiry_is_filed_after_one_reply(integration, handler):
    case = taken(integration, nature="enquiry")
    taking.take_next(actor=handler, at=NOON)
    with pytest.raises(GateNotMet):
        closing.close(case.reference, actor=handler, at=NOON)
    contacting.reply(case.reference, actor=handler, at=NOON, method="PHONE", text="营业时间为九点到五点。")
    assert closing.close(case.reference, actor=handler, at=NOON).state == State.CLOSED


def test_an_important_case_owes_a_follow_up_call(owned, handler, colleague, lead):
    grading.set_level(owned.reference, actor=handler, at=NOON, level="important", reason="老年客户")
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    deciding.approve_decision(owned.reference, actor=lead, at=NOON)
    case = answering.notify(owned.reference, actor=handler, at=LATER, **TOLD)
    call = case.clocks.get(kind="follow_up")
    assert case.next_due_at == call.due_at
    content(case, caller=colleague, at=LATER)
    assert case.clocks.get(kind="follow_up").stopped_at == LATER
    assert closing.close(owned.reference, actor=handler, at=LATER, root_cause="R07").state == State.CLOSED


def test_a_disputed_decision_starts_a_new_round_with_its_own_clocks(decided, handler):
    answering.notify(decided.reference, actor=handler, at=LATER, **TOLD)
    case = closing.dispute(decided.reference, actor=handler, at=LATER, reason="金额不对")
    assert (case.state, case.round, case.current_round.notified_at) == (State.IN_PROGRESS, 2, None)
    running = case.current_round.clocks.filter(stopped_at=None)
    assert {(clock.basis, clock.kind) for clock in running} == {
        ("internal", "first_contact"),
        ("internal", "resolution"),
    }
    assert case.next_due_at is not None


def test_a_filed_case_comes_back_when_the_customer_does_not_accept(decided, handler, lead):
    answering.notify(decided.reference, actor=handler, at=LATER, **TOLD)
    content(decided, caller=lead, at=LATER)
    closing.close(decided.reference, actor=handler, at=LATER, root_cause="R07")
    case = satisfaction.record_feedback(
        decided.reference, actor=lead, at=LATER, satisfaction="dissatisfied", accepts=False, comment="没有退钱"
    )
    assert (case.state, case.round) == (State.IN_PROGRESS, 2)
    assert verbs(case)[-2:] == ["record_feedback", "reopen"]


def test_declining_needs_a_second_person(owned, handler, lead):
    case = ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
    assert case.state == State.IN_PROGRESS
    with pytest.raises(NotAllowed):
        approving.decide_approval(owned.reference, actor=handler, at=NOON, grant=True)
    case = grant(owned, by=lead)
    assert case.state == State.IN_PROGRESS  # not before the person who raised it was told
    case = ending.decline(owned.reference, actor=handler, at=NOON, **TOLD)
    assert (case.state, case.close_reason) == (State.DECLINED, "NOT_COMPLAINANT")
    assert case.approvals.get().status == "used"


def test_nobody_grants_what_they_asked_for(owned, lead, supervisor):
    ending.decline(owned.reference, actor=lead, at=NOON, **NOT_ENTITLED)
    with pytest.raises(SecondPerson):
        approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=True)
    assert grant(owned, by=supervisor).approvals.get().status == "granted"


def test_what_was_asked_for_is_not_asked_for_again(owned, handler, lead):
    """O9: a second decline while the first is open was a 500, and the page still offered it."""
    asked = NOT_ENTITLED
    case = ending.decline(owned.reference, actor=handler, at=NOON, **asked)
    allowed, why_not = allowed_verbs(case, handler, NOON)
    assert "decline" not in allowed and "已申请" in why_not["decline"]
    with pytest.raises(GateNotMet, match="已申请"):
        ending.decline(owned.reference, actor=handler, at=NOON, **asked)
    much_later = NOON + timedelta(days=20)  # nobody decided: it may be asked for anew
    assert ending.decline(owned.reference, actor=handler, at=much_later, **asked).approvals.count() == 2


def test_of_two_open_approvals_the_right_one_is_decided(owned, handler, lead):
    """B29: the page named none, and the oldest was granted; what was asked for is kept as plain values."""
    ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
    other = owned.approvals.create(
        verb="reopen", asked_by=handler, asked_at=NOON, expires_at=LATER, event_sequence=1, arguments={}
    )
    with pytest.raises(GateNotMet, match="指明"):
        approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=False)
    approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=False, approval=other.pk)
    assert [row.verb for row in owned.approvals.filter(status="refused")] == ["reopen"]
    assert owned.approvals.get(verb="decline").arguments == {"decline_reason": "NOT_COMPLAINANT"}


def test_what_one_has_asked_for_oneself_is_none_of_the_choices(owned, handler, lead):
    """The example of the verb named one's own request, which the door refuses; and without a name two were too many."""
    ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
    ending.withdraw(owned.reference, actor=lead, at=NOON, **TAKEN_BACK)
    form = VERBS["decide_approval"].form
    mine, theirs = (form.example(Dossier(owned, NOON, reader=one))["approval"] for one in (handler, lead))
    assert (mine, theirs) == (owned.approvals.get(verb="withdraw").pk, owned.approvals.get(verb="decline").pk)
    assert len(form.options(Dossier(owned, NOON, reader=lead))["approval"]) == 1
    approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=False)
    assert [row.verb for row in owned.approvals.filter(status="refused")] == ["decline"]


def test_praise_without_an_address_is_filed_without_a_reply(integration, handler):
    """F36: the reason that the gate asks for stood in no code list, so no form could bring it."""
    case = taken(integration, nature="praise")
    taking.take_next(actor=handler, at=NOON)
    form = VERBS["close"].form.read({"close_reason": "NO_REPLY_NEEDED"})
    assert closing.close(case.reference, actor=handler, at=NOON, **form).state == State.CLOSED


def test_a_refused_approval_leaves_the_case_as_it_is(owned, handler, lead):
    ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
    case = approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=False, remark="是我行业务")
    assert case.state == State.IN_PROGRESS
    assert case.approvals.get().status == "refused"


def test_withdrawing_ends_the_case_and_stops_its_clocks(owned, handler, lead):
    assert ending.withdraw(owned.reference, actor=handler, at=NOON, **TAKEN_BACK).state == State.IN_PROGRESS
    case = grant(owned, by=lead)
    assert case.state == State.WITHDRAWN
    assert not case.clocks.filter(stopped_at=None).exists()


def test_asking_the_customer_pauses_the_internal_clocks_only(owned, handler):
    case = contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请提供流水。")
    assert case.state == State.WAITING_CUSTOMER
    paused = {clock.kind for clock in case.clocks.exclude(paused_at=None)}
    assert paused == {"resolution"}
    due = case.clocks.get(kind="resolution").due_at
    case = handling.resume(owned.reference, actor=handler, at=NOON + timedelta(days=1))
    assert case.clocks.get(kind="resolution").due_at > due
    assert case.state == State.IN_PROGRESS


def test_it_hides_the_cases_of_other_branches(owned, outsider):
    with pytest.raises(NotFound):
        handling.note(owned.reference, actor=outsider, text="看看")


def test_an_amended_fact_keeps_what_it_was(owned, handler):
    amending.amend(owned.reference, actor=handler, at=NOON, reason="客户更正", complainants=3)
    event = owned.events.get(verb="amend")
    assert (event.details["was"], event.details["now"]) == ({"complainants": 1}, {"complainants": 3})


def test_names_and_free_text_of_an_amended_fact_never_stand_in_the_log(owned, handler):
    """B18: the log keeps their digest; the words lie sealed where anonymise can delete them."""
    case = amending.amend(
        owned.reference, actor=handler, at=NOON, reason="客户更正", product="金卡", named_staff=["柜员一号"]
    )
    assert (case.product, case.named_staff) == ("金卡", ["柜员一号"])
    details = owned.events.get(verb="amend").details
    assert "金卡" not in str(details) and "柜员一号" not in str(details)
    assert details["texts"]["product"] == owned.texts.get(kind="product").digest_of("金卡")
    assert details["texts"]["named_staff"] == owned.texts.get(kind="named_staff").digest_of("柜员一号")


def test_words_of_a_verb_are_sealed_and_their_digest_stands_in_the_event(owned, handler):
    handling.note(owned.reference, actor=handler, at=NOON, text="客户电话13912345678，晚上打。")
    text = owned.texts.get(kind="note")
    assert "13912345678" not in text.text + text.words_sealed
    assert owned.events.get(verb="note").details["texts"]["note"] == text.digest_of("客户电话13912345678，晚上打。")
