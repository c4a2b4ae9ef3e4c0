"""Three times: when it happened, when it was entered, and what the deadline is judged by."""

from datetime import timedelta

import pytest

from complaints.desk.timeline import timeline_of
from complaints.errors import GateNotMet
from complaints.models import Firing
from complaints.services import escalating
from complaints.verbs import amending, answering, closing, contacting, deciding, handling
from organization.models import User
from tests.cases import CLASSIFIED, DECIDED, TOLD, content, grant
from tests.people import NOON, absent

DAY = timedelta(days=1)
CALL = {"method": "PHONE", "result": "CONNECTED", "gist": "客户称已收到短信"}


def decide(reference: str, handler: User, lead: User, at) -> None:
    handling.classify(reference, actor=handler, at=at, **CLASSIFIED)
    deciding.draft_decision(reference, actor=handler, at=at, **DECIDED)
    deciding.approve_decision(reference, actor=lead, at=at)


def test_nobody_is_told_before_it_is_decided(owned, handler, lead):
    """B3 F1: decided on day 20, due on day 15, told on day 1: that was taken, and counted as on time."""
    decide(owned.reference, handler, lead, NOON + 20 * DAY)
    with pytest.raises(GateNotMet) as refused:
        answering.notify(owned.reference, actor=handler, at=NOON + 20 * DAY, told_at=NOON + DAY, **TOLD)
    assert "审核" in str(refused.value) or "approved" in str(refused.value)
    with pytest.raises(GateNotMet):
        answering.notify(owned.reference, actor=handler, at=NOON + 20 * DAY, told_at=NOON + 21 * DAY, **TOLD)


def test_the_second_round_is_not_told_in_the_first(decided, handler, lead):
    """B3"""
    answering.notify(decided.reference, actor=handler, at=NOON + DAY, **TOLD)
    closing.dispute(decided.reference, actor=handler, at=NOON + 2 * DAY, reason="金额不对")
    decide(decided.reference, handler, lead, NOON + 3 * DAY)
    with pytest.raises(GateNotMet):
        answering.notify(decided.reference, actor=handler, at=NOON + 3 * DAY, told_at=NOON + DAY, **TOLD)


def test_a_breach_that_fired_stands(decided, handler, lead):
    """F1: telling entered with an earlier time wiped the breach that everybody had been told of."""
    late = NOON + 16 * DAY
    escalating.fire_due(at=late)
    fired = decided.clocks.get(kind="decision").breached_at
    assert fired is not None
    case = answering.notify(decided.reference, actor=handler, at=late, told_at=NOON + DAY, **TOLD)
    clock = case.clocks.get(kind="decision")
    assert (clock.breached_at, clock.stopped_at) == (fired, late)
    event = case.events.latest("sequence")
    assert (event.at, event.happened_at) == (late, NOON + DAY)
    grant(case, by=lead, at=late)
    clock.refresh_from_db()
    assert (clock.breached_at, clock.stopped_at) == (fired, NOON + DAY)


def test_a_call_counts_when_it_was_made(owned, handler, lead):
    """F39: a call at 17:20 that was typed at 18:05 was late. It is, until a second person has seen when it was."""
    clock = owned.clocks.get(kind="first_contact")
    made, typed = clock.due_at - timedelta(minutes=10), clock.due_at + timedelta(minutes=35)
    case = contacting.log_contact(owned.reference, actor=handler, at=typed, happened_at=made, **CALL)
    clock.refresh_from_db()
    assert (clock.stopped_at, case.first_contact_at) == (typed, made)
    grant(case, by=lead, at=typed)
    clock.refresh_from_db()
    assert clock.stopped_at == made
    contact = case.contacts.get()
    assert (contact.at, contact.happened_at) == (typed, made)


def test_the_page_says_when_it_was_made(owned, handler):
    """F39"""
    made = NOON.replace(hour=9, minute=20)
    contacting.log_contact(owned.reference, actor=handler, at=NOON.replace(hour=10), happened_at=made, **CALL)
    assert "发生于 11-23 17:20" in timeline_of(owned, User.system()).items[-1].facts


def test_what_happened_lies_between_receipt_and_now(owned, handler):
    """F39"""
    for moment in (owned.received_at - timedelta(minutes=1), NOON + timedelta(minutes=1)):
        with pytest.raises(GateNotMet):
            contacting.log_contact(owned.reference, actor=handler, at=NOON, happened_at=moment, **CALL)
    same_minute = owned.received_at.replace(second=0)
    contacting.log_contact(owned.reference, actor=handler, at=NOON, happened_at=same_minute, **CALL)


class TestWhoHasLeft:
    """B26: 10 of 21 rungs told somebody inactive."""

    @pytest.fixture
    def left(self, decided, handler, lead) -> str:
        answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
        content(decided, caller=lead)
        closing.close(decided.reference, actor=handler, at=NOON, root_cause="R07")
        User.objects.filter(pk=handler.pk).update(is_active=False)
        return decided.reference

    def test_gets_no_case_back(self, left, lead, receiver):
        """B26: a case was reopened to an owner who had left."""
        assert closing.reopen(left, actor=lead, at=NOON, reason="新情况").owner == receiver

    def test_is_told_of_no_rung(self, owned, handler, receiver):
        """B26"""
        absent(handler, until=NOON + 90 * DAY)
        escalating.fire_due(at=NOON + 20 * DAY)
        told = set(Firing.objects.values_list("recipient__username", flat=True))
        assert "handler" not in told and "receiver" in told


def test_a_receipt_that_lies_ahead_is_none(case, supervisor):
    given = {"reason": "邮戳", "evidence": "EMS-1"}
    with pytest.raises(GateNotMet):
        amending.amend(case.reference, actor=supervisor, at=NOON, received_at=NOON + timedelta(minutes=1), **given)
    amending.amend(case.reference, actor=supervisor, at=NOON, received_at=NOON, **given)
