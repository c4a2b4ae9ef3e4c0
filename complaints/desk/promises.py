"""承诺台账: what customers were told would be done by a day, and what of it has no outcome."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_GET

from complaints.desk.ledgers import DueFirst, NewestFirst, OfCase, chosen, ledger
from complaints.desk.listing import stopped
from complaints.desk.rows import AreaPages
from complaints.desk.shell import StaffRequest, desk_page
from complaints.desk.timeleft import TimeLeft, counting
from complaints.looking import Near
from complaints.models import Case, CaseQuerySet, Promise
from complaints.services.taxonomy import label
from complaints.verbs.promising import KINDS

OPEN, BROKEN, ALL = "open", "broken", "all"
WHICH = (
    (OPEN, pgettext_lazy("promises", "Without an outcome")),
    (BROKEN, pgettext_lazy("promises", "Broken or kept late")),
    (ALL, pgettext_lazy("promises", "All")),
)
STATUS = Promise.Status
TONES = {STATUS.OPEN: "warn", STATUS.KEPT: "good", STATUS.LATE: "bad", STATUS.BROKEN: "bad"}
ROWS = Promise.objects.select_related("by", "recorded_by").order_by("pk")
WITHOUT_OUTCOME = Q(kept_at=None, broken_at=None)


@dataclass(frozen=True)
class Line(OfCase):
    """One promise."""

    promise: Promise
    case: Case
    at: datetime

    @property
    def kind(self) -> str:
        return label(KINDS, self.promise.kind)

    @property
    def status_at(self) -> str:
        return self.promise.status_at(self.at)

    @property
    def status(self) -> Any:
        return STATUS(self.status_at).label

    @property
    def tone(self) -> str:
        return TONES[STATUS(self.status_at)]

    @property
    def left(self) -> TimeLeft | None:
        """Until the end of the day; None: somebody said what became of it."""
        return counting(self.promise.due_at, None, self.at) if self.promise.lacks_outcome else None


@require_GET
@desk_page
def promise_list(request: StaffRequest) -> HttpResponse:
    """One line a promise, of the cases in the reader's area."""
    which, at = chosen(request, WHICH), timezone.now()
    pages = AreaPages(request.user, Case.objects.prefetch_related(Prefetch("promises", ROWS)))
    pages.near = Near(Case.objects.all(), Case.objects.all())
    cases = pages.page(with_promise(which, at), request, DueFirst() if which == OPEN else NewestFirst())
    shown: dict[str, Any] = {"lines": lines(cases, which, at), "more": pages.next, **stopped(pages)}
    title = pgettext("navigation", "Promises")
    return ledger(request, "promises", shown, title=title, choices=WHICH)


def with_promise(which: str, at: datetime) -> CaseQuerySet:
    """The cases with a promise of this kind."""
    made = Promise.objects.filter(case=OuterRef("pk"))
    if which == OPEN:
        made = made.filter(WITHOUT_OUTCOME)
    elif which == BROKEN:
        late = Q(credited_at__isnull=False) & ~Q(credited_at__lte=F("due_at"))
        made = made.filter(Q(broken_at__isnull=False) | late | WITHOUT_OUTCOME & Q(due_at__lt=at))
    return Case.objects.filter(Exists(made))


def lines(cases: Iterable[Case], which: str, at: datetime) -> list[Line]:
    every = [Line(row, case, at) for case in cases for row in case.promises.all()]
    if which == OPEN:
        return [line for line in every if line.promise.lacks_outcome]
    return [line for line in every if which != BROKEN or line.status_at in {STATUS.BROKEN, STATUS.LATE}]
