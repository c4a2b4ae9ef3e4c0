"""M: limits of verbs, exactly at the limit and just beyond it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from complaints.errors import ApprovalExpired, GateNotMet
from complaints.models import Approval, Case, State
from complaints.services.importing import lay_down
from complaints.verbs import answering, approving, contacting, ending, grading, ownership, transferring
from complaints.verbs.ownership import REFUSE_WITHIN
from organization.models import User
from sla import services as sla
from tests.cases import NOT_ENTITLED, SETTLED, TOLD, TRANSFERRED, grant, taken
from tests.complaints.test_importing import finished  # noqa: F401
from tests.people import NOON

MOMENT = timedelta(microseconds=1)
DECLINED = NOT_ENTITLED
CALL = {"method": "PHONE", "result": "CONNECTED", "gist": "已说明"}


def test_an_offer_is_refused_until_the_last_moment_of_its_four_hours(case, dispatcher, handler):
    """M: refusing exactly at the end of the four working hours."""
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    last = sla.working_deadline(NOON, REFUSE_WITHIN, entity=case.legal_entity_id)
    with pytest.raises(GateNotMet):
        ownership.refuse(case.reference, actor=handler, at=last + MOMENT, reason="太晚了")
    assert ownership.refuse(case.reference, actor=handler, at=last, reason="不熟悉").state == State.RECEIVED


def test_refusals_are_counted_anew_once_somebody_has_had_it(case, dispatcher, handler):
    """M: refusals start anew after an accept; the second is the last."""
    for reason in ("不熟悉", "还是不熟悉"):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
        ownership.refuse(case.reference, actor=handler, at=NOON, reason=reason)
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    ownership.accept(case.reference, actor=handler, at=NOON)
    for number in (1, 2):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
        ownership.refuse(case.reference, actor=handler, at=NOON, reason="再退")
        assert case.events.latest("sequence").details["refusals"] == number


def test_an_approval_is_decided_until_its_last_moment(owned, handler, lead):
    """M: an approval one day past its three working days is refused; exactly at their end it is granted."""
    ending.decline(owned.reference, actor=handler, at=NOON, **DECLINED)
    ends = Approval.objects.get().expires_at
    assert ends == sla.working_days_after(NOON, 3, entity=owned.legal_entity_id)
    for late in (ends + MOMENT, ends + timedelta(days=1)):
        with pytest.raises(ApprovalExpired):
            approving.decide_approval(owned.reference, actor=lead, at=late, grant=True)
    assert grant(owned, by=lead, at=ends).approvals.get().status == "granted"


def test_what_expired_may_be_asked_for_again_and_ends_as_refused(owned, handler, lead):
    """M: the other side of an approval's last moment."""
    ending.decline(owned.reference, actor=handler, at=NOON, **DECLINED)
    ends = Approval.objects.get().expires_at
    with pytest.raises(GateNotMet):
        ending.decline(owned.reference, actor=handler, at=ends, **DECLINED)
    ending.decline(owned.reference, actor=handler, at=ends + MOMENT, **DECLINED)
    assert [row.status for row in Approval.objects.order_by("pk")] == ["refused", "asked"]


@pytest.mark.parametrize(("amount", "settled"), [("500.00", True), ("500.01", False)])
def test_five_hundred_yuan_are_settled_at_once_and_not_a_fen_more(amount, settled, integration, handler):
    """M: settling with exactly 500.00 yuan of redress is allowed. F5: the limit was put on the amount in dispute."""
    case = taken(integration, amount="9000")
    given = {**SETTLED, "redress": Decimal(amount)}
    if settled:
        assert answering.settle(case.reference, actor=handler_of(case, handler), at=NOON, **given).state == "notified"
    else:
        with pytest.raises(GateNotMet, match="500"):
            answering.settle(case.reference, actor=handler_of(case, handler), at=NOON, **given)


def handler_of(case, handler: User) -> User:
    ownership.take_next(case.reference, actor=handler, at=NOON)
    return handler


def test_what_a_regulator_transferred_is_not_settled_at_once(owned, handler):
    """M: a case with an external reference cannot be settled at once."""
    transferring.add_reference(owned.reference, actor=User.system(), at=NOON, **TRANSFERRED)
    Case.objects.update(level="ordinary")
    with pytest.raises(GateNotMet):
        answering.settle(owned.reference, actor=handler, at=NOON, **SETTLED)


def test_only_an_ordinary_case_is_settled_at_once(owned, handler):
    """M: beside it, the level."""
    grading.set_level(owned.reference, actor=handler, at=NOON, level="important", reason="老年客户")
    with pytest.raises(GateNotMet):
        answering.settle(owned.reference, actor=handler, at=NOON, **SETTLED)


def test_the_first_contact_keeps_its_first_moment(decided, handler):
    """M: a later contact, and the telling, leave it; an earlier one that is entered late becomes the first."""
    hour = timedelta(hours=1)
    first = contacting.log_contact(decided.reference, actor=handler, at=NOON + hour, **CALL)
    assert first.first_contact_at == NOON + hour
    again = contacting.log_contact(decided.reference, actor=handler, at=NOON + 2 * hour, **CALL)
    assert again.first_contact_at == NOON + hour
    late = contacting.log_contact(decided.reference, actor=handler, at=NOON + 3 * hour, happened_at=NOON, **CALL)
    assert late.first_contact_at == NOON
    told = answering.notify(decided.reference, actor=handler, at=NOON + 4 * hour, **TOLD)
    assert told.first_contact_at == NOON


def test_a_carriage_return_comes_through_the_import(finished):  # noqa: F811
    """M: COPY of a text with a carriage return."""
    lay_down([finished(subject="第一行\r第二行\r\n第三行")], actor=User.system(), at=NOON)
    assert Case.objects.get().subject == "第一行\r第二行\r\n第三行"


def test_duplicates_are_looked_for_in_thirty_days_and_no_longer(integration):
    """M: a complaint of exactly 30 days ago is a possible duplicate; of four the newest three are named."""
    who, day = {"customer_no": "K1"}, timedelta(days=1)
    too_old = taken(integration, at=NOON - 30 * day - MOMENT, customer=who)
    just = taken(integration, at=NOON - 30 * day, customer=who)
    linked = taken(integration, at=NOON, customer=who).links
    assert set(linked.values_list("other", flat=True)) == {just.pk} != {too_old.pk}
    newer = {taken(integration, at=NOON - number * day, customer=who).pk for number in (3, 2)}
    newest = taken(integration, at=NOON, customer=who)
    named = set(newest.links.values_list("other", flat=True))
    assert len(named) == 3 and newer < named and just.pk not in named
