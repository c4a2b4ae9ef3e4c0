"""后台任务: what the reader asked for, how far it is, and the files, each for seven days."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from complaints.desk.files import in_words
from complaints.desk.shell import StaffRequest, fragment, framed, is_htmx, may_export, page_for
from complaints.jobs import JOBS
from complaints.services.downloading import answer
from complaints.sheets import XLSX
from organization.models import Job
from organization.services import jobs
from sqm_site.errors import DomainError, Invalid

SHOWN = 50
TONES = {Job.State.RUNNING: "calm", Job.State.DONE: "good", Job.State.FAILED: "bad"}
MIMES = {"xlsx": XLSX, "zip": "application/zip"}


exporting = page_for(may_export)


@require_GET
@exporting
def job_list(request: StaffRequest) -> HttpResponse:
    """The newest first; while one is under way the page asks again each three seconds.

    A page that was left open keeps nobody signed in.
    """
    if is_htmx(request):
        request.unattended = True  # type: ignore[attr-defined]  # sqm_site.sessions
        return fragment(request, "desk/_jobs.html", **lines(request))
    return page(request)


def page(request: StaffRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    shown: dict[str, Any] = {"refusal": refusal, **lines(request)}
    return framed(request, "desk/jobs.html", title=_("Jobs"), status=status, **shown)


def lines(request: StaffRequest) -> dict[str, Any]:
    rows = list(Job.objects.filter(asked_by=request.user).order_by("-pk")[:SHOWN])
    found = [
        {
            "job": job,
            "what": JOBS[job.kind].titled(job.arguments),
            "state": Job.State(job.state).label,
            "tone": TONES.get(Job.State(job.state), ""),
            "fault": Job.Fault(job.fault).label if job.fault else "",
            "size": in_words(job.size) if job.stored else "",
        }
        for job in rows
        if job.kind in JOBS
    ]
    return {"lines": found, "unfinished": any(job.is_unfinished for job in rows)}


@require_POST
@exporting
def ask(request: StaffRequest, kind: str) -> HttpResponse:
    if kind not in JOBS:
        raise Http404
    try:
        arguments = JOBS[kind].read(request.POST, request.user)
        jobs.ask(JOBS[kind], arguments, by=request.user, at=timezone.now())
    except DomainError as error:
        return refused(request, error)
    return redirect("desk:jobs")


@require_POST
@exporting
def cancel(request: StaffRequest, key: int) -> HttpResponse:
    try:
        jobs.cancel(own(request, key), at=timezone.now())
    except DomainError as error:
        return refused(request, error)
    return redirect("desk:jobs")


@require_GET
@exporting
def download(request: StaffRequest, key: int) -> HttpResponse:
    job = own(request, key)
    try:
        content = jobs.given_out(job, JOBS[job.kind], at=timezone.now())
    except DomainError as error:
        return refused(request, error)
    return answer(content, title=job.title, mime=MIMES[job.title.rpartition(".")[2]])


def own(request: StaffRequest, key: int) -> Job:
    """A job of the reader's; what others asked for does not exist for them."""
    job = Job.objects.filter(pk=key, asked_by=request.user, kind__in=JOBS).first()
    if job is None:
        raise Http404(_("There is no such job of yours."))
    job.asked_by = request.user  # whose rights are read already
    return job


def refused(request: StaffRequest, error: DomainError) -> HttpResponse:
    said = [str(word) for words in error.fields.values() for word in words] if isinstance(error, Invalid) else []
    return page(request, " ".join(said) or str(error), error.status_code)
