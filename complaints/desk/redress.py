"""减免补偿台账: what customers were promised, what of it is owed, and what was withdrawn for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from complaints.desk.ledgers import DueFirst, NewestFirst, OfCase, chosen, ledger
from complaints.desk.listing import stopped
from complaints.desk.rows import AreaPages
from complaints.desk.shell import StaffRequest, desk_page
from complaints.desk.timeleft import TimeLeft, counting
from complaints.looking import Near
from complaints.models import Case, CaseQuerySet, Redress, State
from complaints.services.taxonomy import label
from complaints.verbs.redressing import KINDS
from sla.arithmetic import last_second

OWED, WITHDRAWN, ALL = "owed", "withdrawn", "all"
WHICH = (
    (OWED, pgettext_lazy("redress", "Owed")),
    (WITHDRAWN, pgettext_lazy("redress", "Withdrawn with redress")),
    (ALL, pgettext_lazy("redress", "All")),
)
TONES = {Redress.Status.PROMISED: "warn", Redress.Status.PAID: "good"}
ROWS = Redress.objects.select_related("cost_unit", "by", "paid_by", "approval__decided_by").order_by("pk")


@dataclass(frozen=True)
class Line(OfCase):
    """One thing that was promised."""

    redress: Redress
    case: Case
    at: datetime

    @property
    def kind(self) -> str:
        return label(KINDS, self.redress.kind)

    @property
    def status(self) -> Any:
        return Redress.Status(self.redress.status).label

    @property
    def tone(self) -> str:
        return TONES.get(Redress.Status(self.redress.status), "")

    @property
    def left(self) -> TimeLeft | None:
        """Until the day that was promised; None: it is owed no more."""
        if not self.redress.is_owed:
            return None
        return counting(last_second(self.redress.pay_by, timezone.get_default_timezone()), None, self.at)


@require_GET
@desk_page
def redress_list(request: StaffRequest) -> HttpResponse:
    """One line a promise, of the cases in the reader's area."""
    which = chosen(request, WHICH)
    rows = Case.objects.prefetch_related(Prefetch("redress", ROWS))
    pages = AreaPages(request.user, rows)
    pages.near = Near(Case.objects.all(), Case.objects.all())
    cases = pages.page(with_redress(which), request, DueFirst() if which == OWED else NewestFirst())
    shown: dict[str, Any] = {"lines": lines(cases, which), "more": pages.next, **stopped(pages)}
    return ledger(request, "redress", shown, title=_("Redress"), choices=WHICH)


def with_redress(which: str) -> CaseQuerySet:
    """The cases in which something of this kind was promised."""
    promised = Redress.objects.filter(case=OuterRef("pk"))
    if which == OWED:
        return Case.objects.filter(Exists(promised.filter(paid_at=None, taken_back_at=None)))
    cases = Case.objects.filter(Exists(promised))
    return cases.filter(state=State.WITHDRAWN) if which == WITHDRAWN else cases


def lines(cases: Iterable[Case], which: str) -> list[Line]:
    at = timezone.now()
    every = [Line(row, case, at) for case in cases for row in case.redress.all()]
    return [line for line in every if which != OWED or line.redress.is_owed]
