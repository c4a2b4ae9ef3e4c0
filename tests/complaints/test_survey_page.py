"""The customer's page: asked once, answered once, and the case hears of it."""

import pytest
from django.test import Client

from complaints.models import Case, State
from complaints.verbs import answering, closing, deciding
from feedback.models import Survey
from feedback.services import new_link
from tests.cases import DECIDED, TOLD, content
from tests.complaints.test_closed_loop import LATER


@pytest.fixture
def survey(decided, handler) -> Survey:
    answering.notify(decided.reference, actor=handler, **TOLD)
    survey = Survey.objects.get()
    new_link(survey)
    return survey


def test_an_answer_reaches_the_case_once(survey):
    page = f"/survey/{survey.token}/"
    assert Client().get(page).status_code == 200
    assert Client().post(page, {"satisfaction": "satisfied", "comment": "很快"}).status_code == 200
    assert Case.objects.get().current_round.satisfaction == "satisfied"
    assert Client().post(page, {"satisfaction": "dissatisfied"}).status_code == 409
    assert Case.objects.get().current_round.satisfaction == "satisfied"


def test_a_dissatisfied_customer_does_not_reopen_by_the_survey_alone(survey, handler, lead):
    content(Case.objects.get(), caller=lead)
    closing.close(survey.reference, actor=handler, root_cause="R07")
    Client().post(f"/survey/{survey.token}/", {"satisfaction": "dissatisfied"})
    case = Case.objects.get()
    assert (case.state, case.current_round.satisfaction, case.current_round.accepted) == (
        State.CLOSED,
        "dissatisfied",
        False,
    )


def test_an_unknown_link_says_so(db):
    assert Client().get("/survey/abc/").status_code == 404


def test_the_page_says_who_asks_and_about_what(survey, settings):
    """D31: it named neither the bank nor the matter, and looked like somebody else's."""
    page = Client().get(f"/survey/{survey.token}/").content.decode()
    case = Case.objects.get()
    assert case.legal_entity.name in page
    assert case.subject in page
    settings.INSTITUTION = "示范银行"
    assert "示范银行" in Client().get(f"/survey/{survey.token}/").content.decode()


def test_who_is_not_content_is_told_what_is_next_and_who_answers_twice_that_they_have(survey):
    page = f"/survey/{survey.token}/"
    thanks = Client().post(page, {"satisfaction": "dissatisfied"}, headers={"accept-language": "zh-CN"})
    assert "核查" in thanks.content.decode()
    again = Client().post(page, {"satisfaction": "satisfied"}, headers={"accept-language": "zh-CN"})
    assert "您已评价过" in again.content.decode()
    assert "无法办理" not in again.content.decode()


def test_without_a_choice_the_form_comes_back(survey):
    answer = Client().post(f"/survey/{survey.token}/", {"comment": "x"})
    assert answer.status_code == 400
    assert Case.objects.get().current_round.satisfaction == ""


def test_the_survey_of_a_round_ends_with_it(survey, handler, lead):
    """B17 F12: answered after the second round was told, it became the satisfaction of the second."""
    closing.dispute(survey.reference, actor=handler, at=LATER, reason="金额不对")
    assert Client().post(f"/survey/{survey.token}/", {"satisfaction": "dissatisfied"}).status_code == 410
    deciding.draft_decision(survey.reference, actor=handler, at=LATER, **DECIDED)
    deciding.approve_decision(survey.reference, actor=lead, at=LATER)
    case = answering.notify(survey.reference, actor=handler, at=LATER, **TOLD)
    assert Client().post(f"/survey/{survey.token}/", {"satisfaction": "dissatisfied"}).status_code == 410
    assert [row.satisfaction for row in case.rounds.order_by("number")] == ["", ""]
    assert case.current_round.survey not in {None, survey}
