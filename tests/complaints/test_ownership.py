"""Who has the case: offers, acceptance, refusal, and taking the next one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints.errors import GateNotMet, NothingToTake, WrongState
from complaints.models import Case, State
from complaints.services import taking
from complaints.verbs import ownership
from feedback.models import Notice
from sqm_site.errors import Invalid
from tests.cases import lost, offered, taken
from tests.people import NOON


def test_the_owner_stays_responsible_until_another_accepts(owned, handler, colleague):
    case = ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="专业不对口")
    assert (case.state, case.owner, case.offered_to) == (State.ASSIGNED, handler, colleague)

    case = ownership.accept(owned.reference, actor=colleague, at=NOON)
    assert (case.state, case.owner, case.offered_to) == (State.IN_PROGRESS, colleague, None)


def test_accepting_stops_the_sign_off_clock(case, dispatcher, handler):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    accepted = ownership.accept(case.reference, actor=handler, at=NOON + timedelta(minutes=5))
    assert accepted.clocks.get(subject="offer:1").stopped_at == NOON + timedelta(minutes=5)
    assert accepted.next_due_at == accepted.clocks.get(kind="first_contact").due_at


def test_a_refused_case_returns_to_where_it_was_offered_from(owned, handler, colleague, branch):
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="休假")
    case = ownership.refuse(owned.reference, actor=colleague, at=NOON, reason="也在休假")
    assert (case.state, case.owner, case.handling_unit) == (State.IN_PROGRESS, handler, branch)


def test_a_third_refusal_is_not_possible(case, dispatcher, handler):
    for _ in range(2):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
        ownership.refuse(case.reference, actor=handler, at=NOON, reason="不熟悉")
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    with pytest.raises(GateNotMet):
        ownership.refuse(case.reference, actor=handler, at=NOON, reason="还是不熟悉")


@pytest.fixture
def refused_twice(case, dispatcher, handler):
    for _ in range(2):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
        ownership.refuse(case.reference, actor=handler, at=NOON, reason="不熟悉")
    return case


def test_what_was_refused_twice_is_laid_on_somebody_by_name(refused_twice, dispatcher, branch):
    """F28: a third offer to a unit could be left to others, and the refusing began anew."""
    with pytest.raises(GateNotMet, match="指定承办人"):
        ownership.assign(refused_twice.reference, actor=dispatcher, at=NOON, unit=branch.code)


def test_a_ruling_is_handed_back_once_and_only_to_who_dispatches(refused_twice, dispatcher, handler, colleague):
    """F28: signed for, it was transferred at will, and the count of refusals stood at none again."""
    reference = refused_twice.reference
    ownership.assign(reference, actor=dispatcher, at=NOON, to="handler")
    ownership.accept(reference, actor=handler, at=NOON)
    for to in ({"to": "colleague"}, {"unit": "SH"}):
        with pytest.raises(GateNotMet, match="分派"):
            ownership.transfer(reference, actor=handler, at=NOON, reason="不熟悉", **to)
    ownership.transfer(reference, actor=handler, at=NOON, to="dispatcher", reason="不熟悉")
    ownership.refuse(reference, actor=dispatcher, at=NOON, reason="维持")
    with pytest.raises(GateNotMet, match="已退回"):
        ownership.transfer(reference, actor=handler, at=NOON, to="dispatcher", reason="还是不熟悉")
    ownership.assign(reference, actor=dispatcher, at=NOON, to="colleague")  # who ruled may rule otherwise
    case = ownership.accept(reference, actor=colleague, at=NOON)
    assert case.owner == colleague
    ownership.transfer(reference, actor=colleague, at=NOON, to="handler", reason="请协助")


def test_an_offer_is_refused_within_four_working_hours(case, dispatcher, handler):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    with pytest.raises(GateNotMet):
        ownership.refuse(case.reference, actor=handler, at=NOON + timedelta(days=1), reason="太晚了")


def test_nobody_refuses_or_accepts_what_was_not_offered(owned, handler):
    with pytest.raises(WrongState):
        ownership.accept(owned.reference, actor=handler, at=NOON)


def test_a_person_named_in_the_complaint_cannot_get_it(integration, dispatcher, handler):
    case = taken(integration, named_staff=["Handler"])
    with pytest.raises(Invalid):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")


def test_take_next_gives_the_earliest_deadline_of_my_queue(integration, handler):
    later = taken(integration)
    earlier = taken(integration, at=NOON - timedelta(days=1))
    assert taking.take_next(actor=handler, at=NOON) == earlier
    assert taking.take_next(actor=handler, at=NOON) == later
    with pytest.raises(NothingToTake):
        taking.take_next(actor=handler, at=NOON)


def test_take_next_leaves_what_is_offered_to_somebody_else(case, dispatcher, handler, colleague):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    with pytest.raises(NothingToTake):
        taking.take_next(actor=colleague, at=NOON)


def test_a_case_sent_to_a_units_queue_can_be_taken_there(case, dispatcher, supervisor, other_branch, outsider):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, unit="BJ")
    taken_there = taking.take_next(actor=outsider, at=NOON)
    assert (taken_there.owner, taken_there.handling_unit) == (outsider, other_branch)


def test_the_person_a_case_is_offered_to_is_told(case, dispatcher, handler):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    assert Notice.objects.filter(kind="offer", to_user=handler, about=case.reference).exists()


def test_the_database_refuses_an_open_case_without_owner(case):
    with pytest.raises(IntegrityError, match="case_open_has_owner"), transaction.atomic():
        Case.objects.update(owner=None)


def test_the_database_refuses_a_state_outside_the_list(case):
    with pytest.raises(IntegrityError, match="case_state_listed"), transaction.atomic():
        Case.objects.update(state="done")


def test_a_case_that_waits_for_a_sign_off_nobody_is_asked_for_is_found_after_every_test(case, handler):
    with transaction.atomic():
        Case.objects.update(state="assigned", offered_to=handler, offered_unit=case.handling_unit)
        assert lost() == 1
        offered(Case.objects.get(), to=handler)
        assert lost() == 0
        transaction.set_rollback(True)
