"""The survey page: no login, one question, one answer."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from complaints.services.surveying import answer_survey
from feedback import services as feedback
from feedback.models import Answer
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
        if request.method == "POST" and form.is_valid():
            answer_survey(token, **form.cleaned_data)
            return render(request, "public/thanks.html", {"reference": survey.reference})
    except DomainError as error:
        return render(request, "public/sorry.html", {"sentence": str(error)}, status=error.status_code)
    status = 400 if request.method == "POST" else 200
    return render(request, "public/survey.html", {"form": form, "reference": survey.reference}, status=status)
