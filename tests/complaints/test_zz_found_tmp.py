import pytest
from datetime import timedelta
from complaints.services import closing, deciding, handling, ownership
from complaints.models import State
from tests.cases import CLASSIFIED, DECIDED, taken
from tests.people import NOON

def test_withdrawn_pending_comes_back(owned, handler, lead, supervisor):
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
    closing.withdraw(owned.reference, actor=supervisor, at=NOON, evidence="R")
    closing.reopen(owned.reference, actor=lead, at=NOON, reason="x")
    deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)

def test_paused(owned, handler, colleague, lead):
    handling.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="x")
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="x")
    case = ownership.accept(owned.reference, actor=colleague, at=NOON)
    assert case.state == State.IN_PROGRESS
    assert not case.clocks.exclude(paused_at=None).filter(stopped_at=None).exists()

def test_owner_takes_back(owned, handler, colleague, lead):
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="x")
    with pytest.raises(Exception):
        ownership.accept(owned.reference, actor=handler, at=NOON)

def test_queue_blocked_by_line(case, integration, handler, institution):
    from organization.models import BusinessLine, Membership, User
    m = Membership.objects.get(user=handler)
    m.business_line = BusinessLine.objects.get(code="cards"); m.save()
    mine = taken(integration, business_line="cards")
    got = ownership.take_next(actor=User.objects.get(pk=handler.pk), at=NOON)
    assert got == mine

def test_narrowed_owner(case, integration, handler, dispatcher, institution):
    from organization.models import BusinessLine, Membership, User
    m = Membership.objects.get(user=handler)
    m.business_line = BusinessLine.objects.get(code="cards"); m.save()
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    ownership.accept(case.reference, actor=User.objects.get(pk=handler.pk), at=NOON)

def test_settle_when_offered(case, integration, handler, dispatcher, institution):
    """a withdrawn case with an open offer, reopened"""
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    from tests.people import person
    from organization.models import Role
    sup = person("sup2", Role.SUPERVISOR, case.handling_unit)
    c = closing.withdraw(case.reference, actor=sup, at=NOON, evidence="R")
    assert c.offered_to is None
