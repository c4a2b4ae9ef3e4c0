"""协办: what the reader's unit is asked, and one task on a page: for whoever answers it, who need not read its case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from complaints.desk.casepage import noticed
from complaints.desk.dialogs import Refusal, run, stray
from complaints.desk.drafted import WORDS
from complaints.desk.forms import controls, typed
from complaints.desk.inwords import TEXT_LABELS
from complaints.desk.ledgers import chosen, ledger
from complaints.desk.listing import as_reference
from complaints.desk.reduced import RELATED, facts_for_others
from complaints.desk.rows import PagesForPeople
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.desk.tasklines import TaskLine, lines_of
from complaints.dossier import Dossier
from complaints.models import Case, CaseText, Task
from complaints.verbs import VERBS
from organization.models import User
from organization.refusals import refused
from organization.rights import rights_of
from organization.scope import across, area
from security.reads import opened
from sqm_site.errors import Forbidden

OPEN, ENDED, SENT, ORDERS = "open", "ended", "sent", "orders"
WHICH = (
    (OPEN, pgettext_lazy("tasks", "To answer")),
    (ENDED, pgettext_lazy("tasks", "Answered or ended")),
    (SENT, pgettext_lazy("tasks", "Asked by me")),
    (ORDERS, pgettext_lazy("tasks", "Supervision orders")),
)
ROWS = Task.objects.select_related("unit", "to", "by", "accepted_by", "answered_by", "partner", "case__handling_unit")
SPOKEN = ("ask", "answer")
BY_ASKED = ("accept_task", "answer_task", "give_opinion")


class DueFirst:
    """By the deadline of the task itself."""

    orderings = ("due_at",)


class NewestFirst:
    """The one asked last first."""

    orderings = ("-at",)


def waiting(user: User, at: datetime) -> QuerySet[Task]:
    """What the reader may answer at present."""
    return Task.objects.open().put_to(user)


@require_GET
@desk_page
def task_list(request: StaffRequest) -> HttpResponse:
    """One line a task: those the reader may answer, the next deadline first; those they asked; or what was ordered
    (督办) about the cases in their area.
    """
    which, user = chosen(request, WHICH), request.user
    rows = {
        OPEN: ROWS.open().put_to(user),
        ENDED: ROWS.put_to(user).filter(ended_at__isnull=False),
        SENT: ROWS.filter(by=user, legal_entity_id=user.legal_entity_id).exclude(case__barred__contains=[user.pk]),
        ORDERS: ROWS.orders().filter(area(user, **across("case")), legal_entity_id=user.legal_entity_id),
    }[which]
    pages = PagesForPeople()
    tasks = pages.page(rows, request, DueFirst() if which == OPEN else NewestFirst())
    found: dict[str, Any] = {"lines": lines_of(tasks, timezone.now()), "more": pages.next}
    return ledger(request, "tasks", found, title=pgettext("navigation", "Tasks"), choices=WHICH)


@dataclass(frozen=True)
class Said:
    """One task with what was asked and answered, redacted."""

    line: TaskLine
    ask: str
    answer: str


@require_http_methods(["GET", "POST"])
@desk_page
def task_page(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """What is asked, with as much of the case as one needs to answer; sent, the answer or the signature."""
    task = task_of(request.user, as_reference(reference), number)
    if request.method == "GET":
        noticed(request, task.case)
        return shown(request, task)
    name = request.POST.get("verb", "")
    if name not in BY_ASKED or not task.is_put_to(request.user):
        return HttpResponseBadRequest()
    refusal = run(request, task.case, VERBS[name])
    if refusal is None:
        messages.success(request, _("“{verb}” is done.").format(verb=VERBS[name].label))
        return redirect(request.path if name == "accept_task" else "desk:tasks")
    if refusal.status == Forbidden.status_code:
        refused(request, f"case:{task.case.reference}", verb=name, code=refusal.code)
    return shown(request, task, typed(request.POST), refusal)


def task_of(user: User, reference: str, number: int) -> Task:
    """One that is put to the reader, or of a case in their area. That they opened it stands on record."""
    related = (f"case__{name}" for name in RELATED)
    found = ROWS.select_related(*related).filter(case__reference=reference, number=number).first()
    put = found is not None and Task.objects.put_to(user).filter(pk=found.pk).exists()
    if found is None or not (put or rights_of(user).reaches(found.case)):
        raise Http404(_("There is no such task that is put to you."))
    opened(f"case:{reference}", actor=user, at=timezone.now())
    return found


def shown(
    request: StaffRequest, task: Task, initial: dict[str, Any] | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    case, user, refusal = task.case, request.user, refusal or Refusal(200)
    dossier, verb = Dossier(case, reader=user), VERBS["answer_task" if task.countersigns is None else "give_opinion"]
    closed = verb.why_not(dossier, user, dossier.at) if task.is_open and task.is_put_to(user) else " "
    fields = controls(verb.form, initial or {}, refusal.fields, {"task": []})
    return framed(
        request,
        "desk/task.html",
        status=refusal.status,
        title=_("Task {number} of {case}").format(number=task.number, case=case.reference),
        task=task,
        case=case,
        verb=verb,
        draft=drafted(task),
        facts=facts_for_others(case),
        said=said(case, user, task, dossier.at),
        controls=[] if closed else fields,
        closed=closed.strip(),
        may_accept=not closed and task.accepted_by_id is None,
        reaches=rights_of(user).reaches(case),
        refusal=refusal.sentence or stray(refusal, fields),
    )


def drafted(task: Task) -> list[tuple[Any, str]]:
    """会签: the draft on which an opinion is asked for, by its parts, redacted."""
    if task.countersigns is None:
        return []
    texts = CaseText.objects.filter(case=task.case, event_sequence=task.countersigns, kind__in=WORDS)
    words = dict(texts.defer("words_sealed").values_list("kind", "text"))
    return [(TEXT_LABELS[kind], words[kind]) for kind in WORDS if words.get(kind)]


def said(case: Case, user: User, task: Task, at: datetime) -> list[Said]:
    """This one, and what the reader's unit was asked before, the newest first."""
    tasks = [one for one in Dossier(case).tasks if one.number == task.number or one.is_put_to(user)]
    tasks = sorted((one for one in tasks if one.number <= task.number), key=lambda one: -one.number)
    sequences = {one.event_sequence for one in tasks} | {one.answer_sequence or 0 for one in tasks}
    texts = CaseText.objects.filter(case=case, kind__in=SPOKEN, event_sequence__in=sequences)
    words = {(text.event_sequence, text.kind): text.text for text in texts.defer("words_sealed")}
    return [
        Said(
            line,
            words.get((line.task.event_sequence, "ask"), ""),
            words.get((line.task.answer_sequence or 0, "answer"), ""),
        )
        for line in lines_of(tasks, at)
    ]
