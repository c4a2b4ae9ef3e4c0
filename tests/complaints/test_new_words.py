"""F35: what a customer says later is never left lying: it ends the wait for it, is told, or opens a case of its own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.models import FINAL, OPEN, Case, Link, State
from complaints.services.importing import Finished, lay_down
from complaints.verbs import closing, contacting, handling, ownership
from feedback.models import IN_APP, Notice
from organization.models import User
from tests.cases import content, decline, take_back, taken, told
from tests.people import NOON

DAY = timedelta(days=1)
SAYS = {"text": "我又收到了一次扣款。", "subject": ""}


def said(integration, case: Case, *, at=NOON + 2 * DAY) -> Case:
    """The case that a message naming this one ends up in."""
    return taken(integration, at=at, case=case.reference, **SAYS)


@pytest.fixture
def ended(request, integration, handler, lead) -> Case:
    """A case that ended in this state."""
    if request.param == State.CLOSED:
        case = told(integration, handler=handler, checker=lead)
        content(case, caller=lead)
        return closing.close(case.reference, actor=handler, at=NOON, root_cause="R07")
    case = taken(integration)
    ownership.take_next(case.reference, actor=handler, at=NOON)
    end, second = (take_back, "second") if request.param == State.WITHDRAWN else (decline, "second")
    return end(case, actor=handler, **{second: lead}, at=NOON)


@pytest.mark.parametrize("ended", sorted({*FINAL} - {State.MERGED}), indirect=True)
def test_on_a_case_that_has_ended_they_open_a_new_one_that_is_linked(ended, integration, receiver):
    """F35: only a notice said that it had to be handled again: no state, no clock, in no queue."""
    case = said(integration, ended)
    assert case != ended
    assert (case.state, case.owner) == (State.RECEIVED, receiver)
    assert case.clocks.filter(stopped_at=None, kind="decision", basis="statutory").exists()
    assert case.links.get().kind == Link.Kind.REPEAT_OF and case.links.get().other == ended
    assert Case.objects.get(pk=ended.pk).state == ended.state
    again = said(integration, ended, at=NOON + 3 * DAY)
    assert again == case, "and the next words join it"


def test_on_an_imported_one_too(institution, branch, integration, handler):
    past = NOON - 40 * DAY
    when = {"received_at": past, "notified_at": past + DAY, "closed_at": past + 2 * DAY}
    lay_down(
        [Finished(unit=branch, owner=handler, channel="phone", subject="旧系统件", facts={}, **when)],
        actor=integration.user, at=NOON,
    )  # fmt: skip
    old = Case.objects.get()
    case = said(integration, old)
    assert case.links.get().other == old and case.state in OPEN


class TestWhileTheCaseWaits:
    def test_for_the_customer_they_end_the_wait(self, owned, integration, handler):
        """F35: the state stayed 待客户补充 and the clocks stood still until the handler clicked."""
        contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请补流水")
        paused = set(owned.clocks.exclude(paused_at=None).values_list("kind", flat=True))
        assert "resolution" in paused
        case = said(integration, owned)
        assert (case.pk, case.state) == (owned.pk, State.IN_PROGRESS)
        assert not case.clocks.filter(paused_at__isnull=False, stopped_at=None).exists()
        verbs = list(case.events.order_by("-sequence").values_list("verb", "actor__username")[:2])
        assert verbs == [("resume", User.SYSTEM), ("join", integration.user.username)]
        assert case.clocks.get(kind="wait").stopped_at == NOON + 2 * DAY

    def test_for_the_customer_and_is_on_offer_they_end_it_too(self, owned, integration, handler, colleague):
        contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请补流水")
        ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="休假")
        case = said(integration, owned)
        assert (case.state, case.open_offer.from_state) == (State.ASSIGNED, State.IN_PROGRESS)
        assert not case.clocks.filter(kind="wait", stopped_at=None).exists()

    def test_for_an_appraisal_they_are_attached_and_the_owner_hears(self, owned, integration, lead, handler):
        until = timezone.localdate(NOON) + 30 * DAY
        handling.suspend(
            owned.reference, actor=lead, at=NOON, ground="APPRAISAL", evidence="J-1", until=until, text="送鉴定"
        )
        case = said(integration, owned)
        assert (case.pk, case.state) == (owned.pk, State.WAITING_EXTERNAL)
        assert case.messages.count() == 2
        assert case.clocks.filter(kind="wait", stopped_at=None).exists()
        assert Notice.objects.get(kind="joined", channel=IN_APP).to_user == handler

    def test_they_say_it_in_the_conversation(self, integration, handler, receiver):
        """A message of WeChat names no case: its conversation does."""
        first = taken(integration, channel="wechat", thread="wx-1")
        ownership.take_next(first.reference, actor=handler, at=NOON)
        contacting.ask_customer(first.reference, actor=handler, at=NOON, method="PHONE", text="请补流水")
        case = taken(integration, channel="wechat", thread="wx-1", at=NOON + DAY, **SAYS)
        assert (case.pk, case.state) == (first.pk, State.IN_PROGRESS)
