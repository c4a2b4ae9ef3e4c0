"""A colleague registers by hand, and settles at once where the rules allow it."""

import pytest

from complaints.errors import GateNotMet
from complaints.models import Case, State
from complaints.services.registering import register
from feedback.models import Feedback
from sqm_site.errors import Forbidden
from tests.cases import SETTLED, taken
from tests.people import NOON

SAID = {"channel": "phone", "nature": "complaint", "text": "柜台排队太久。"}


def test_whoever_registers_takes_the_case(handler, receiver):
    """F30 D6: the first receiver of a call was the holder of the post, who had never spoken with the customer."""
    case = register(
        {**SAID, "customer": {"name": "测试客户", "phone": "13800138000"}}, actor=handler, form="1", at=NOON
    )
    assert (case.state, case.owner, case.first_receiver) == (State.IN_PROGRESS, handler, handler)


def test_a_simple_case_is_registered_and_settled_in_one_transaction(handler, receiver):
    case = register(SAID, actor=handler, form="1", settlement=SETTLED, at=NOON)
    assert (case.state, case.current_round.settled) == (State.NOTIFIED, True)
    assert list(case.events.order_by("sequence").values_list("verb", flat=True)) == [
        "take_in",
        "take_next",
        "settle",
    ]


def test_what_may_not_be_settled_at_once_is_not_stored_at_all(handler, receiver):
    with pytest.raises(GateNotMet):
        register(SAID, actor=handler, form="1", settlement=SETTLED, facts={"named_staff": ["柜员"]}, at=NOON)
    assert not Case.objects.exists()


def test_a_program_cannot_take_the_number_of_a_form_first(handler, integration):
    """S16, B20: `external_id` of the desk came from the browser; now nobody outside can name one of the desk's."""
    taken(integration, external_id="1")
    case = register(SAID, actor=handler, form="1", at=NOON)
    assert Feedback.objects.get(pk=case.messages.get().feedback_id).external_id == f"desk:{handler.pk}:1"


def test_a_form_sent_twice_is_one_case(handler, receiver):
    """B23 F50: the verb stood twice, and the one with a test was the one nothing called."""
    assert register(SAID, actor=handler, form="1", at=NOON) == register(SAID, actor=handler, form="1", at=NOON)


def test_who_may_not_take_in_is_refused(auditor):
    with pytest.raises(Forbidden):
        register(SAID, actor=auditor, form="1", at=NOON)
