"""涉及本单位: what other units handle about those that the reader leads, without who complains; and one such case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from complaints.concerned import ABOUT, ELSEWHERE, concerning, led_by, of_part
from complaints.desk.casepage import noticed
from complaints.desk.dialogs import Refusal, run, stray
from complaints.desk.forms import controls, typed
from complaints.desk.ledgers import NewestFirst, OfCase, chosen, ledger
from complaints.desk.listing import as_reference, stopped
from complaints.desk.reduced import RELATED, facts_for_others
from complaints.desk.rows import AreaPages
from complaints.desk.shell import StaffRequest, framed, may_see_concerned, page_for
from complaints.desk.timeleft import TimeLeft, counting
from complaints.dossier import Dossier
from complaints.looking import Near
from complaints.models import Case, Liability, State
from complaints.models.states import BEFORE_TOLD
from complaints.reading import Road
from complaints.services.taxonomy import REASON_C, label
from complaints.verbs import VERBS
from organization.models import User
from organization.refusals import refused
from organization.rights import rights_of, unbarred
from security.reads import opened
from sqm_site.errors import Forbidden

OPEN, ALL = "open", "all"
WHICH = ((OPEN, pgettext_lazy("concerned", "Under way")), (ALL, pgettext_lazy("concerned", "All")))
APPEAL = "appeal_liability"


class ConcernedPages(AreaPages):
    """Pages of the cases about the reader's units: each unit by itself, as complained of and as answering for it."""

    def roads(self) -> Iterator[Road]:
        inside = Q(legal_entity_id=self.entity) & unbarred(self.user)
        for part in led_by(self.user):
            for unit in ABOUT:
                yield Road(inside & of_part(part), ELSEWHERE[unit], sorted(part.units or ()), column=unit)


@dataclass(frozen=True)
class Line(OfCase):
    case: Case
    at: datetime

    @property
    def left(self) -> TimeLeft | None:
        """Until the customer must have been told; None: they were, or nothing is promised."""
        due = self.case.promised_due_at if self.case.state in BEFORE_TOLD else None
        return counting(due, None, self.at) if due else None

    @property
    def reason(self) -> str:
        return label(REASON_C, self.case.reason) if self.case.reason else ""

    @property
    def result(self) -> str:
        """核实结果 and 诉求满足, once the customer was told."""
        return " · ".join(str(words) for _name, words in results(self.case))


@require_GET
@page_for(may_see_concerned)
def concerned_list(request: StaffRequest) -> HttpResponse:
    """One line a case, the one that came in last first."""
    which, at = chosen(request, WHICH), timezone.now()
    pages = ConcernedPages(request.user, Case.objects.select_related("handling_unit", *ABOUT))
    pages.near = Near(Case.objects.all(), Case.objects.all())
    rows = Case.objects.open() if which == OPEN else Case.objects.all()
    lines = [Line(case, at) for case in pages.page(rows, request, NewestFirst())]
    shown: dict[str, Any] = {"lines": lines, "more": pages.next, **stopped(pages)}
    return ledger(request, "concerned", shown, title=pgettext("navigation", "About our unit"), choices=WHICH)


@require_http_methods(["GET", "POST"])
@page_for(may_see_concerned)
def concerned_page(request: StaffRequest, reference: str) -> HttpResponse:
    """What it is about, how it stands and who answers for it; sent, the objection of the unit."""
    case = concerned_case(request.user, as_reference(reference))
    if request.method == "GET":
        noticed(request, case)
        return shown_case(request, case)
    if request.POST.get("verb") != APPEAL:
        return HttpResponseBadRequest()
    refusal = run(request, case, VERBS[APPEAL])
    if refusal is None:
        messages.success(request, _("“{verb}” is done.").format(verb=VERBS[APPEAL].label))
        return redirect(request.path)
    if refusal.status == Forbidden.status_code:
        refused(request, f"case:{case.reference}", verb=APPEAL, code=refusal.code)
    return shown_case(request, case, typed(request.POST), refusal)


def concerned_case(user: User, reference: str) -> Case:
    """One that concerns a unit the reader leads. That they opened it stands on record."""
    rows = Case.objects.filter(concerning(user), reference=reference)
    case = rows.select_related("legal_entity", *{*RELATED, *ABOUT}).first()
    if case is None:
        raise Http404(_("There is no such case about your unit."))
    opened(f"case:{reference}", actor=user, at=timezone.now())
    return case


def shown_case(
    request: StaffRequest, case: Case, initial: dict[str, Any] | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    user, refusal, verb = request.user, refusal or Refusal(200), VERBS[APPEAL]
    dossier = Dossier(case, reader=user)
    closed = verb.why_not(dossier, user, dossier.at)
    fields = [] if closed else controls(verb.form, initial or {}, refusal.fields, {})
    return framed(
        request,
        "desk/concerned_case.html",
        status=refusal.status,
        title=_("{case}, about our unit").format(case=case.reference),
        case=case,
        line=Line(case, dossier.at),
        facts=[*facts_for_others(case), *results(case)],
        rulings=rulings(case, dossier.liabilities),
        controls=fields,
        reaches=rights_of(user).reaches(case),
        refusal=refusal.sentence or stray(refusal, fields),
    )


def results(case: Case) -> list[tuple[Any, Any]]:
    """What was found and decided, in codes, once the customer was told."""
    if case.state in BEFORE_TOLD or case.state == State.MERGED:
        return []
    pairs = [
        (pgettext("fact", "Finding"), label("finding", case.finding) if case.finding else ""),
        (pgettext("fact", "Demand met"), label("demand_met", case.demand_met) if case.demand_met else ""),
        (pgettext("fact", "Root cause"), label("root_cause", case.root_cause) if case.root_cause else ""),
    ]
    return [(name, words) for name, words in pairs if words]


def rulings(case: Case, rows: Sequence[Liability]) -> list[tuple[Liability, str]]:
    """责任认定: each ruling with its basis, redacted."""
    texts = case.texts.filter(kind="basis", event_sequence__in=[row.event_sequence for row in rows]) if rows else []
    words = {text.event_sequence: text.text for text in texts}
    return [(row, words.get(row.event_sequence, "")) for row in rows]
