from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from feedback.errors import SurveyAnswered, SurveyExpired, UnknownSurvey
from feedback.models import OPEN_FOR, Notice, Survey
from feedback.services import answer, invite, open_survey, waive
from security.sealing import unseal
from sqm_site.errors import Invalid
from tests.feedback.conftest import NOON, written

CASE = "C261123-0483175-9"
LATER = NOON + timedelta(days=1)


@pytest.fixture
def survey(entity) -> Survey:
    return invite(CASE, contact=None, legal_entity=entity, channel="PHONE", at=NOON)


def test_each_survey_has_a_secret_of_its_own(entity):
    tokens = {invite(CASE, contact=None, legal_entity=entity, channel="PHONE", at=NOON).token for _ in range(20)}

    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {32}


@pytest.mark.parametrize("method", ["EMAIL", "PHONE"])
def test_a_customer_with_an_address_gets_the_link_by_mail(entity, method):
    contact = written(entity, email="a@example.com")

    survey = invite(CASE, contact=contact, legal_entity=entity, channel=method, at=NOON)

    notice = Notice.objects.get()
    assert (notice.kind, notice.channel, survey.channel) == ("survey", "email", "email")
    assert survey.token not in str(Notice.objects.values().get())
    assert unseal(notice.words_sealed, row=notice.row_id, field="words") == survey.token


def test_without_an_address_a_colleague_asks(survey):
    assert survey.channel == "phone"
    assert not Notice.objects.exists()


def test_the_answer_is_written_down_and_the_comment_sealed(survey):
    returned = answer(survey.token, answer="satisfied", csat=5, comment="谢谢，电话 13800138000", at=LATER)

    stored = Survey.objects.get()
    assert returned == stored
    assert (stored.reference, stored.answer, stored.csat, stored.answered_at) == (CASE, "satisfied", 5, LATER)
    assert stored.comment == "谢谢，电话 ［电话］"
    assert unseal(stored.words_sealed, row=stored.row_id, field="words") == "谢谢，电话 13800138000"


def test_it_is_answered_once(survey):
    answer(survey.token, answer="satisfied", at=LATER)

    with pytest.raises(SurveyAnswered) as refused:
        answer(survey.token, answer="dissatisfied", at=LATER)

    assert refused.value.status_code == 409
    assert Survey.objects.get().answer == "satisfied"


def test_an_unknown_link_is_not_found(survey):
    for token in ("", "x" * 32, survey.token.swapcase()):
        with pytest.raises(UnknownSurvey):
            answer(token, answer="satisfied", at=LATER)


def test_it_ends_after_thirty_days(survey):
    assert open_survey(survey.token, at=NOON + OPEN_FOR - timedelta(seconds=1)) == survey
    with pytest.raises(SurveyExpired) as refused:
        open_survey(survey.token, at=NOON + OPEN_FOR)
    assert refused.value.status_code == 410


@pytest.mark.parametrize(("given", "csat"), [("not_obtained", None), ("", None), ("satisfied", 0), ("satisfied", 6)])
def test_an_answer_that_is_not_on_the_form_is_refused(survey, given, csat):
    with pytest.raises(Invalid):
        answer(survey.token, answer=given, csat=csat, at=LATER)

    assert Survey.objects.get().answered_at is None


def test_a_waived_survey_cannot_be_answered(survey, recipient):
    assert waive(CASE, reason="REFUSED", actor=recipient, at=LATER) == 1

    with pytest.raises(SurveyExpired):
        answer(survey.token, answer="satisfied", at=LATER)
    stored = Survey.objects.get()
    assert (stored.waived_reason, stored.waived_by, stored.waived_at) == ("REFUSED", recipient, LATER)


def test_an_answered_survey_is_not_waived(survey, recipient):
    answer(survey.token, answer="satisfied", at=LATER)

    assert waive(CASE, reason="REFUSED", actor=recipient, at=LATER) == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts(entity):
    survey = invite(CASE, contact=None, legal_entity=entity, channel="PHONE", at=NOON)
    together, outcomes = Barrier(6), []

    def come(given: str) -> None:
        try:
            together.wait()
            with transaction.atomic():
                answer(survey.token, answer=given, at=LATER)
            outcomes.append(given)
        except SurveyAnswered:
            outcomes.append("")
        finally:
            connection.close()

    threads = [Thread(target=come, args=[given]) for given in ["satisfied", "no_objection", "dissatisfied"] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes)[:5] == [""] * 5
    assert Survey.objects.get().answer == sorted(outcomes)[5]
