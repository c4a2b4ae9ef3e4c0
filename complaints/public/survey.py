"""The survey page: no login, one question, one answer."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from complaints.models import Case
from complaints.services.surveying import answer_survey, refuse_surveys
from feedback import services as feedback
from feedback.errors import SurveyAnswered
from feedback.models import Answer, Survey
from sqm_site.errors import DomainError


class SurveyForm(forms.Form):
    satisfaction = forms.ChoiceField(
        label=_("Are you satisfied with the result?"), choices=Answer.choices, widget=forms.RadioSelect
    )
    comment = forms.CharField(
        label=_("What should we do better? (not required)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def survey_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and take the answer once. A link that is unknown, used or over says so and nothing else."""
    form = SurveyForm(request.POST or None)
    try:
        survey = feedback.open_survey(token, at=timezone.now())
        if "never" in request.POST:
            refuse_surveys(token)
            return render(request, "public/no_surveys.html", named(survey))
        if request.method == "POST" and form.is_valid():
            answer_survey(token, **form.cleaned_data)
            dissatisfied = form.cleaned_data["satisfaction"] == Answer.DISSATISFIED
            thanks = named(survey) | {"dissatisfied": dissatisfied}
            return render(request, "public/thanks.html", thanks)
    except SurveyAnswered as error:
        return sorry(request, _("You have answered already"), error)
    except DomainError as error:
        return sorry(request, _("This is not possible"), error)
    status = 400 if request.method == "POST" else 200
    asked = {"form": form, "may_refuse": survey.known_address and survey.customer_id is not None}
    return render(request, "public/survey.html", asked | about(survey), status=status)


def sorry(request: HttpRequest, heading: Any, error: DomainError) -> HttpResponse:
    said = {"heading": heading, "sentence": str(error), "institution": settings.INSTITUTION}
    return render(request, "public/sorry.html", said, status=error.status_code)


def named(survey: Survey) -> dict[str, Any]:
    """Who asks: the name that customers know, else that of the legal entity."""
    return {"reference": survey.reference, "institution": settings.INSTITUTION or survey.legal_entity.name}


def about(survey: Survey) -> dict[str, Any]:
    """Who asks and about what, so that nobody takes the page for one of somebody else's making."""
    case = Case.objects.only("subject", "received_at").get(reference=survey.reference)
    return named(survey) | {"subject": case.subject, "day": date_format(localtime(case.received_at), "Y-m-d")}
