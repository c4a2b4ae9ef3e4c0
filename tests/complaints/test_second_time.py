"""M: the second round, and the second client: what was true of the first is not true of them."""

from datetime import timedelta

import pytest

from complaints.dossier import Dossier
from complaints.errors import SecondPerson
from complaints.models import Case, Message
from complaints.verbs import answering, closing, contacting, deciding, satisfaction
from feedback.models import Feedback
from organization.models import Role
from organization.services import create_client
from tests.cases import DECIDED, TOLD, Post, body, grant, taken
from tests.people import ALL_CHANNELS, NOON, SCOPES, person

TALK = {"channel": "wechat", "thread": "gh_1:oUser"}
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def other_client(branch, receiver):
    """A second program of the same unit."""
    return create_client("app", channels=ALL_CHANNELS, unit=branch, scopes=SCOPES, per_minute=100_000, at=NOON)


@pytest.mark.parametrize("back", ["dispute", "reopen"])
def test_a_waiver_ends_with_its_round(back, decided, handler, lead):
    """M: after reopen/dispute the waiver of satisfaction is gone, and the close gate asks again."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    satisfaction.waive_survey(decided.reference, actor=handler, at=NOON, waived_reason="REFUSED")
    case = grant(decided, by=lead)
    assert case.current_round.satisfaction_asked
    if back == "reopen":
        closing.close(case.reference, actor=handler, at=NOON, root_cause="R07")
    case = getattr(closing, back)(case.reference, actor=lead, at=LATER, reason="金额不对")
    assert (case.current_round.waived_reason, case.current_round.satisfaction_asked) == ("", False)
    Case.objects.filter(pk=case.pk).update(state="notified")
    case.current_round.notified_at = LATER
    missing = closing.close.missing(Dossier(case), actor=handler, at=LATER, given={"root_cause": "R07"})
    assert len(list(missing)) == 1


def test_who_worked_in_the_first_round_does_not_check_the_second(decided, handler, lead, branch):
    """M: work in an earlier round bars the checker; so does any other work on the case."""
    checker = person("checker", Role.APPROVER, branch)
    contacting.acknowledge(decided.reference, actor=lead, at=NOON, method="PHONE")
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    closing.dispute(decided.reference, actor=handler, at=LATER, reason="金额不对")
    deciding.draft_decision(decided.reference, actor=handler, at=LATER, **DECIDED)
    with pytest.raises(SecondPerson):
        deciding.approve_decision(decided.reference, actor=lead, at=LATER)
    assert deciding.approve_decision(decided.reference, actor=checker, at=LATER).state == "decided"


def test_another_client_does_not_get_the_case_of_the_first(post, other_client):
    """M: another client with the same external id and content gets 409, not the first one's case."""
    sent = body()
    assert post(sent).status_code == 201
    assert post(sent).status_code == 200
    answer = Post(other_client[1])(sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (Case.objects.count(), Feedback.objects.count()) == (1, 1)


def test_a_conversation_of_another_client_is_another_one(post, other_client):
    """M: a thread key of another client does not join its case."""
    first = post(body(**TALK)).json()["reference"]
    second = Post(other_client[1])(body(**TALK)).json()["reference"]
    assert first != second
    assert Post(other_client[1])(body(**TALK)).json()["reference"] == second
    assert post(body(**TALK)).json()["reference"] == first
    assert Message.objects.count() == 4


def test_a_case_of_another_client_is_not_joined_by_its_reference(post, other_client, integration):
    """M: the same by the reference."""
    first = taken(integration).reference
    answer = Post(other_client[1])(body(case=first))
    assert answer.status_code == 400
    assert Message.objects.count() == 1


def test_a_conversation_goes_on_in_its_newest_open_case(integration):
    """M: of several open cases of one conversation the newest."""
    older = taken(integration, at=NOON - timedelta(days=2), **TALK)
    Case.objects.filter(pk=older.pk).update(thread="")
    newer = taken(integration, at=NOON - timedelta(days=1), **TALK)
    Case.objects.filter(pk=older.pk).update(thread=newer.thread)
    assert taken(integration, **TALK) == newer
