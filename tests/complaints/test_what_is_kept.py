"""M: what a verb leaves in the round, in the log and beside the case; found by `make mutants`."""

import pytest

from complaints.errors import SecondPerson
from complaints.models import CaseText, Message
from complaints.services.taxonomy import current_version, setup_taxonomy
from complaints.verb import BUTTON
from complaints.verbs import VERBS, answering, contacting, deciding, handling, ownership
from complaints.verbs.satisfaction import record_feedback
from tests.cases import CLASSIFIED, DECIDED, TOLD, body, taken
from tests.people import NOON


@pytest.mark.parametrize(
    ("satisfaction", "accepts", "accepted"),
    [
        ("not_obtained", True, None),
        ("satisfied", True, True),
        ("satisfied", False, False),
        ("dissatisfied", True, False),
        ("dissatisfied", False, False),
    ],
)
def test_only_an_answer_says_whether_it_is_accepted(satisfaction, accepts, accepted, decided, handler):
    """M: a view that could not be obtained is no acceptance."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    view = {"satisfaction": satisfaction, "accepts": accepts}
    case = record_feedback(decided.reference, actor=handler, at=NOON, **view)
    assert (case.current_round.satisfaction, case.current_round.accepted) == (satisfaction, accepted)
    assert case.current_round.satisfaction_by == handler
    event = case.events.latest("sequence")
    assert (event.details["satisfaction"], event.details["accepts"]) == (satisfaction, accepts)


def test_the_log_tells_by_which_way_it_was_acknowledged(owned, handler):
    """M: the event of an acknowledgement carries the method."""
    case = contacting.acknowledge(owned.reference, actor=handler, at=NOON, method="PHONE")
    assert case.events.latest("sequence").details["method"] == "PHONE"


def test_the_message_that_opened_a_case_is_told_from_those_that_joined(integration):
    """M: which of the messages was the first."""
    case = taken(integration)
    taken(integration, case=case.reference, text=body()["text"])
    assert list(Message.objects.filter(case=case).order_by("pk").values_list("opened", flat=True)) == [True, False]


def test_a_draft_keeps_all_that_was_written(decided):
    """M: what was found, on what basis, what follows and where else to go."""
    event = decided.events.get(verb="draft_decision")
    texts = CaseText.objects.filter(case=decided, event_sequence=event.sequence)
    assert set(texts.values_list("kind", flat=True)) == {"findings", "basis", "outcome", "remedies"}


def test_nobody_returns_their_own_draft(case, lead):
    """M: whoever wrote it does not send it back either."""
    ownership.take_next(case.reference, actor=lead, at=NOON)
    handling.classify(case.reference, actor=lead, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=lead, at=NOON, **DECIDED)
    with pytest.raises(SecondPerson):
        deciding.return_decision(case.reference, actor=lead, at=NOON, reason="依据不足")


def test_the_case_page_offers_its_next_steps_as_buttons():
    """M: the rest stands in the menu, or in the box for writing."""
    assert {name for name, one in VERBS.items() if one.place == BUTTON} == {
        *("assign", "transfer", "refuse", "settle", "classify", "return_decision", "ask_customer", "dispute"),
    }


def test_laying_down_the_codes_says_which_version_they_have(db):
    """M: the version that cases taken in from now on carry."""
    assert setup_taxonomy() == current_version() != ""
