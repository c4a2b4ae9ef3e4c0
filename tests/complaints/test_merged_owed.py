"""What is owed of a merged case is owed from where it is handled: messages find it, and a regulator is answered."""

import pytest

from complaints.api.intake import FeedbackInput, incoming
from complaints.dossier import Dossier
from complaints.errors import WrongState
from complaints.models import Case
from complaints.services.intake import take_in
from complaints.verbs import closing, ending, transferring
from organization.models import ApiClient, User
from tests.cases import ANSWERED, TAKEN_BACK, TRANSFERRED, body, taken
from tests.complaints.mergers import HOUR, WHO, apart, chief, fresh, merged, newer, older, whole, without
from tests.people import NOON
from tests.wholes import state_of

__all__ = ["chief", "newer", "older"]


def said(client: ApiClient, case: Case) -> Case | None:
    """The case that a further message under a number joins."""
    sent = FeedbackInput.read(body(case=case.reference, text="还没人联系我"))
    return take_in(incoming(sent, client, at=NOON), at=NOON).case


def test_a_message_to_the_merged_number_joins_the_case_in_which_it_is_handled(
    older, newer, integration, supervisor, chief
):
    merged(newer, older, by=supervisor, second=chief)
    joined = take_in(
        incoming(FeedbackInput.read(body(case=newer.reference, text="又扣了一次")), integration, at=NOON), at=NOON
    )
    assert joined.case == older and older.messages.count() == 2
    whole(older, newer)


def test_a_conversation_of_a_merged_case_goes_on_in_the_other(older, integration, supervisor, chief):
    chat = {"channel": "wechat", "thread": "gh_1:oUser"}
    newer = taken(integration, customer=WHO, **chat)
    merged(newer, older, by=supervisor, second=chief)
    assert taken(integration, customer=WHO, **chat, text="在吗？") == older
    assert Case.objects.count() == 2


def test_through_a_chain_it_joins_the_last(older, newer, integration, supervisor, chief):
    third = taken(integration, customer=WHO)
    merged(third, newer, by=supervisor, second=chief)
    merged(newer, older, by=supervisor, second=chief)
    assert said(integration, third) == older


def test_where_that_one_has_ended_a_new_case_repeats_it(older, newer, integration, supervisor, chief):
    merged(newer, older, by=supervisor, second=chief)
    ending.withdraw(older.reference, actor=User.system(), at=NOON, **TAKEN_BACK)
    case = said(integration, newer)
    assert case is not None
    assert [(link.other, link.kind) for link in case.links.all()] == [(older, "repeat_of")]


ORDERED = {**TRANSFERRED, "received_at": NOON}


def test_what_a_regulator_awaits_is_owed_from_the_other_case(older, newer, supervisor, chief, branch):
    """A transfer of the merged case is answered from where it is handled, and kept where it came."""
    other = {**ORDERED, "number": "PBOC-2026-00124"}
    transferring.add_reference(newer.reference, actor=chief, at=NOON, **ORDERED)
    transferring.add_reference(older.reference, actor=chief, at=NOON, **other)
    was = state_of(newer)
    merged(newer, older, by=supervisor, second=chief)
    subject = f"case:{newer.pk}:{newer.external_references.get().subject}"
    owed = older.clocks.filter(subject=subject, stopped_at=None)
    assert {clock.basis for clock in owed} == {"ordered", "internal"}
    gate = [str(one.sentence) for one in closing.closable(Dossier(fresh(older)), actor=chief, at=NOON, given={})]
    assert any("PBOC-2026-00123" in sentence for sentence in gate)
    with pytest.raises(WrongState):
        transferring.answer_regulator(newer.reference, actor=chief, at=NOON, **ANSWERED)

    transferring.answer_regulator(older.reference, actor=chief, at=NOON, number="PBOC-2026-00123", **ANSWERED)
    assert not owed.all().exists()
    row = newer.external_references.get()
    assert (row.answered_at, row.credited_at, row.answered_by) == (NOON, NOON, chief)
    whole(older, newer)
    apart(newer, by=supervisor, second=chief)
    assert not newer.clocks.filter(kind="regulator_answer", stopped_at=None).exists()
    assert state_of(newer)["case"] == was["case"] | {"next_due_at": fresh(newer).next_due_at}
    whole(older, newer)


def test_what_no_regulator_was_answered_is_owed_by_itself_again(older, newer, supervisor, chief):
    transferring.add_reference(newer.reference, actor=chief, at=NOON, **ORDERED)
    transferring.add_reference(older.reference, actor=chief, at=NOON, **{**ORDERED, "number": "PBOC-2026-00124"})
    was = state_of(newer)
    merged(newer, older, by=supervisor, second=chief)
    apart(newer, by=supervisor, second=chief, at=NOON + HOUR)
    assert without(state_of(newer), set()) == without(was, set())
    assert not older.clocks.filter(subject__startswith="case:", stopped_at=None).exists()
    assert older.clocks.filter(kind="regulator_answer", stopped_at=None).exists()
    whole(older, newer)
