"""The customer answers the survey: the case hears of it in the same transaction."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from complaints.locks import lock
from complaints.models import Case, State
from complaints.verbs.satisfaction import record_feedback, waive_survey
from feedback import services as feedback
from feedback.models import Survey
from organization.models import User


@transaction.atomic
def refuse_surveys(token: str, *, at: datetime | None = None) -> Survey:
    """The customer wants no surveys any more: the one at hand ends, and the case says so, by nobody of ours.

    Raises UnknownSurvey, SurveyAnswered, SurveyExpired, NotTheirAddress.
    """
    at = at or timezone.now()
    survey = feedback.opt_out(token, at=at)  # the customer is locked before the case
    case: Case = lock(survey.reference, User.system())
    if case.state != State.MERGED:
        waive_survey.within(case, actor=User.system(), at=at, waived_reason=feedback.OPTED_OUT)
    return survey


@transaction.atomic
def answer_survey(
    token: str, *, satisfaction: str, comment: str = "", csat: int | None = None, at: datetime | None = None
) -> Survey:
    """Write down what the customer says, once, and move the case by it: in the round whose survey it is.

    The survey of a case that was taken up again has ended.
    Raises UnknownSurvey, SurveyAnswered, SurveyExpired, Invalid.
    """
    at = at or timezone.now()
    case: Case = lock(feedback.open_survey(token, at=at).reference, User.system())
    survey = feedback.answer(token, answer=satisfaction, at=at, csat=csat, comment=comment)
    if case.state in {State.NOTIFIED, State.CLOSED}:
        record_feedback.within(case, actor=User.system(), at=at, satisfaction=satisfaction, comment=comment)
    return survey
