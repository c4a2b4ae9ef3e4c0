"""Which ways a decision names, and who takes one back."""

import pytest
from rest_framework.exceptions import ValidationError

from complaints.errors import NotAllowed, SecondPerson
from complaints.models import State
from complaints.services.remedies import remedies_of
from complaints.verbs import VERBS, deciding, handling
from organization.models import Unit
from organization.services import create_unit
from tests.cases import CLASSIFIED, DECIDED
from tests.people import NOON


def test_a_review_is_offered_where_a_superior_institution_stands_above(case, branch, institution):
    """F45: a review was offered to all, by "our superior institution", and not in writing."""
    assert f"书面向{institution.name}申请核查" in remedies_of(case)
    case.handling_unit = institution
    assert "核查" not in remedies_of(case) and "调解" in remedies_of(case)
    case.handling_unit = create_unit("XJ", name="信用卡中心", kind=Unit.Kind.DEPARTMENT, parent=institution)
    assert "核查" not in remedies_of(case)


@pytest.fixture
def drafted(owned, handler):
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    return deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)


def test_the_author_recalls_a_draft_and_nobody_else(drafted, handler, lead):
    """F40: from a drafted decision its author had no way back."""
    with pytest.raises(NotAllowed):
        deciding.recall_decision(drafted.reference, actor=lead, at=NOON, reason="漏了依据")
    case = deciding.recall_decision(drafted.reference, actor=handler, at=NOON, reason="漏了依据")
    assert (case.state, case.decisions.get().status) == (State.IN_PROGRESS, "returned")


def test_the_checker_takes_a_decision_up_again_before_it_is_told(decided, handler, lead):
    """F40: what came to light after the check could not be used."""
    with pytest.raises(SecondPerson):
        deciding.reopen_decision(decided.reference, actor=handler, at=NOON, reason="新证据")
    case = deciding.reopen_decision(decided.reference, actor=lead, at=NOON, reason="新证据")
    assert (case.state, case.current_round.decided_at) == (State.IN_PROGRESS, None)


@pytest.mark.parametrize("reason", ["WITHDRAWN", "MERGED", "NOT_ENTITLED", "OUT_OF_SCOPE"])
def test_a_told_case_is_filed_for_its_own_reasons(reason):
    """F37: filing offered the reasons of withdrawing, merging and declining."""
    with pytest.raises(ValidationError):
        VERBS["close"].form.read({"close_reason": reason})
    offered = dict(VERBS["close"].form().fields["close_reason"].offered())
    assert set(offered) == {"DECIDED", "SETTLED", "MEDIATED", "UNREACHABLE", "NO_REPLY_NEEDED"}
