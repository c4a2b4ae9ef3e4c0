"""A colleague registers by hand, and settles at once where the rules allow it."""

import pytest

from complaints.errors import Conflicting, GateNotMet
from complaints.models import Case, State
from complaints.services.registering import register
from feedback.models import Feedback
from organization.services import create_client
from sqm_site.errors import Forbidden
from tests.cases import SETTLED, taken
from tests.people import NOON, SCOPES

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


def test_a_program_cannot_take_the_number_of_another_units_first(integration, other_branch):
    """S16b: a number was one of the whole channel, so two hotlines that count from one refused each other's calls."""
    there = create_client("hotline-bj", channels=["phone"], unit=other_branch, scopes=SCOPES, per_minute=100, at=NOON)[
        0
    ]
    ours, theirs = taken(integration, external_id="1"), taken(there, external_id="1", text="另一件事")
    assert ours != theirs
    with pytest.raises(Conflicting):
        taken(there, external_id="1", text="还有一件事")


def test_a_new_key_of_the_unit_sends_nothing_twice(integration, branch):
    renewed = create_client("hotline-2", channels=["phone"], unit=branch, scopes=SCOPES, per_minute=100, at=NOON)[0]
    taken(integration, external_id="1")
    with pytest.raises(Conflicting):
        taken(renewed, external_id="1")
    assert Case.objects.count() == 1


def test_a_form_sent_twice_is_one_case(handler, receiver):
    """B23 F50: the verb stood twice, and the one with a test was the one nothing called."""
    assert register(SAID, actor=handler, form="1", at=NOON) == register(SAID, actor=handler, form="1", at=NOON)


def test_who_may_not_take_in_is_refused(auditor):
    with pytest.raises(Forbidden):
        register(SAID, actor=auditor, form="1", at=NOON)
