"""The customer's page: asked once, answered once, and the case hears of it."""

import pytest
from django.test import Client

from complaints.models import Case, State
from complaints.verbs import closing, deciding
from feedback.models import Survey
from feedback.services import new_link
from tests.complaints.test_closed_loop import LATER, TOLD


@pytest.fixture
def survey(decided, handler) -> Survey:
    deciding.notify(decided.reference, actor=handler, **TOLD)
    survey = Survey.objects.get()
    new_link(survey)
    return survey


def test_an_answer_reaches_the_case_once(survey):
    page = f"/survey/{survey.token}/"
    assert Client().get(page).status_code == 200
    assert Client().post(page, {"satisfaction": "satisfied", "comment": "很快"}).status_code == 200
    assert Case.objects.get().satisfaction == "satisfied"
    assert Client().post(page, {"satisfaction": "dissatisfied"}).status_code == 409
    assert Case.objects.get().satisfaction == "satisfied"


def test_a_dissatisfied_customer_does_not_reopen_by_the_survey_alone(survey, handler):
    closing.close(survey.reference, actor=handler, root_cause="R07")
    Client().post(f"/survey/{survey.token}/", {"satisfaction": "dissatisfied"})
    case = Case.objects.get()
    assert (case.state, case.satisfaction, case.accepted) == (State.CLOSED, "dissatisfied", False)


def test_an_unknown_link_says_so(db):
    assert Client().get("/survey/abc/").status_code == 404


def test_without_a_choice_the_form_comes_back(survey):
    answer = Client().post(f"/survey/{survey.token}/", {"comment": "x"})
    assert answer.status_code == 400
    assert Case.objects.get().satisfaction == ""


def test_a_case_in_a_new_round_keeps_the_answer_with_its_survey(survey, handler):
    closing.dispute(survey.reference, actor=handler, at=LATER, reason="金额不对")
    Client().post(f"/survey/{survey.token}/", {"satisfaction": "dissatisfied"})
    assert Survey.objects.get().answered_at is not None
    assert Case.objects.get().satisfaction == ""
