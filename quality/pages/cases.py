"""The cases behind a number, as the lists of the desk show them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.countdown import moment
from complaints.desk.rows import SHOWN, CaseKeys, CasePages, as_rows, of_one_unit
from complaints.desk.shell import StaffRequest, fragment, framed, is_htmx
from complaints.desk.watching import as_watch_rows, watched
from complaints.models import Case
from feedback.channels import channel_label
from organization.models import User
from quality.deadlines import BASES, Window
from quality.drilldown import NONE, Filter
from quality.kpis import Kpi
from quality.models import CaseFact
from quality.pages.frame import figure_page
from quality.query import CutQuery, WindowQuery, cut_of, window_of
from quality.scope import Scope, scope_of
from sqm_site.errors import NotFound
from sqm_site.fields import Input

COUNTED = 1_000  # the page says "1000+" beyond, so that counting never reads more
PAGING = frozenset({"cursor", "ordering", "page_size"})
PEOPLE = ("owner", "offered_to", "handling_unit", "customer")


class Newest:
    """The case that came in last first."""

    orderings = ("-received_at",)


class Soonest:
    """The next deadline first."""

    orderings = ("next_due_at",)


@figure_page("view_kpis")
def counted(request: StaffRequest) -> HttpResponse:
    """The rounds that a number of a KPI counted; a case that came back may stand here twice."""
    kpi = Kpi.registry.get(request.GET.get("kpi", ""))
    if kpi is None:
        raise NotFound(what=request.GET.get("kpi", "")[:40])
    scope = scope_of(request.user)
    cut = cut_of(kpi, given(request, CutQuery, "kpi"), timezone.localdate())
    rounds = cut.rounds(request.user, scope)
    days = f"{cut.period.start:%Y-%m-%d} – {cut.period.last:%Y-%m-%d}"
    title = f"{kpi.title}: {kpi.parts[cut.part]}"
    return page(request, rounds, title, [days, *described(cut.filter, scope)])


@figure_page("view_sla_report")
def due(request: StaffRequest) -> HttpResponse:
    """The cases with a running deadline in a window."""
    scope = scope_of(request.user)
    window = window_of(given(request, WindowQuery))
    stretch = f"{moment(window.start) or '…'} – {moment(window.end)}"
    words = [stretch, str(BASES[window.basis]) if window.basis else "", *described(window.filter, scope)]
    return watch(request, window, scope, words)


def watch(request: StaffRequest, window: Window, scope: Scope, words: list[str]) -> HttpResponse:
    """One page of the cases of a window: the clock that puts each there, and why it does not move."""
    pages, at = CaseKeys(watched(Case.objects.all())), timezone.now()
    found = window.cases(request.user, scope)
    basis = Q(basis=window.basis) if window.basis else Q()
    cases = pages.page(found, request, Soonest())
    rows = as_watch_rows(cases, request.user, at, pressing=window.due & basis)
    back = "?".join(part for part in (request.path, window.query) if part)
    shown: dict[str, Any] = {"rows": rows, "more": pages.next, "back": back, "watches": True}
    if is_htmx(request):
        return fragment(request, "desk/_watch_rows.html", **shown)
    title = _("Cases by deadline")
    shown |= {"count": many(found), "one_unit": of_one_unit(rows, pages.next)}
    return framed(request, "quality/cases.html", title=title, words=filter(None, words), **shown)


def many(found: QuerySet[Any]) -> str:
    number = found.order_by()[: COUNTED + 1].count()
    return f"{COUNTED}+" if number > COUNTED else str(number)


def given(request: StaffRequest, form: type[Input], *more: str) -> dict[str, Any]:
    return form.read({name: value for name, value in request.GET.dict().items() if name not in {*PAGING, *more}})


def page(request: StaffRequest, found: QuerySet[CaseFact], title: str, words: list[str]) -> HttpResponse:
    """One page of the cases of rounds; htmx asks for the next rows only."""
    pages, at = CasePages(), timezone.now()
    facts: list[Any] = pages.page(rounds(found), request, Newest())
    rows = as_rows([fact.case for fact in facts], at)
    shown: dict[str, Any] = {"rows": rows, "more": pages.next, "own": False}
    if is_htmx(request):
        return fragment(request, "desk/_rows.html", **shown)
    return framed(request, "quality/cases.html", title=title, words=filter(None, words), count=many(found), **shown)


def rounds(found: QuerySet[CaseFact]) -> QuerySet[Any]:
    """Facts with what a row of a list needs of their cases; see complaints.desk.rows.listed."""
    people = [f"case__{name}" for name in PEOPLE]
    shown = [f"case__{name}" for name in SHOWN]
    return found.select_related("case", *people).only("received_at", "round", *shown)


def described(narrowing: Filter, scope: Scope) -> list[str]:
    """The filters in the words of people."""
    words = [scope.unit(code).name for code in (narrowing.unit, narrowing.handling_unit) if code]
    if narrowing.channel:
        words.append(str(channel_label(narrowing.channel)))
    if narrowing.owner:
        near = User.objects.filter(username=narrowing.owner, memberships__unit__in=list(scope.units))
        owner = near.first()  # whoever never worked in scope stays what was typed
        words.append(owner.display_name if owner else narrowing.owner)
    if narrowing.business_line:
        words.append(_("no business line") if narrowing.business_line == NONE else narrowing.business_line)
    return words
