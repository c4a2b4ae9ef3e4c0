"""监管转办日清单: what regulators, hotlines and other bodies passed on, and what became of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from complaints.desk.ledgers import NewestFirst, OfCase, chosen, ledger
from complaints.desk.rows import AreaPages
from complaints.desk.shell import StaffRequest, desk_page
from complaints.desk.timeleft import TimeLeft, counting
from complaints.models import Case, CaseQuerySet, ExternalReference, State, with_rounds
from complaints.services.taxonomy import every_code, label
from complaints.verbs.transferring import BODIES

OPEN, ALL = "open", "all"
WHICH = ((OPEN, pgettext_lazy("transfers", "Awaiting answer")), (ALL, pgettext_lazy("transfers", "All")))
# 和解/撤回: how it ended without a decision, or with both content.
AGREED = ("SETTLED", "MEDIATED")


@dataclass(frozen=True)
class Line(OfCase):
    """One transfer. left: until the day that was ordered; None: answered, or no answer is wanted."""

    reference: ExternalReference
    case: Case
    at: datetime

    @property
    def body(self) -> str:
        return label(BODIES, self.reference.body)

    @property
    def left(self) -> TimeLeft | None:
        if not self.reference.awaits_answer or self.reference.due_as_ordered is None:
            return None
        return counting(self.reference.due_as_ordered, self.reference.answer_due_at, self.at)

    @property
    def told_at(self) -> datetime | None:
        return self.case.current_round.notified_at

    @property
    def ended(self) -> str:
        if self.case.state == State.WITHDRAWN:
            return str(State.WITHDRAWN.label)
        return label("close_reason", self.case.close_reason) if self.case.close_reason in AGREED else ""

    @property
    def differences(self) -> list[str]:
        return [*differences(self.case, self.reference, self.at)]


def differences(case: Case, reference: ExternalReference, at: datetime) -> Iterator[str]:
    """What the body will see otherwise than it should be, or than it counts it."""
    due = reference.due_as_ordered
    answered_at = reference.credited_at or (at if reference.awaits_answer else due)
    if due is not None and answered_at is not None and answered_at > due:
        days = (timezone.localdate(answered_at) - timezone.localdate(due)).days
        yield _("answer {days} days late").format(days=days)
    received_on = timezone.localdate(reference.received_at)
    if timezone.localdate(case.received_at) < received_on:
        yield _("the customer came to us first")
    told_at = case.current_round.notified_at
    if reference.answered_at and case.is_open and not (told_at and told_at <= reference.answered_at):
        yield _("answered before the customer was told")
    if timezone.localdate(case.first_contact_at or at) > received_on:
        yield _("no contact on the day of the transfer")


@require_GET
@desk_page
def transfer_list(request: StaffRequest) -> HttpResponse:
    """One line a transfer, of the cases in the reader's area."""
    which, body = chosen(request, WHICH), request.GET.get("body", "")
    rows = Case.objects.select_related("handling_unit", "owner").prefetch_related("external_references")
    pages = AreaPages(request.user, rows)
    cases = with_rounds(pages.page(passed_on(which, body), request, NewestFirst()))
    shown: dict[str, Any] = {"lines": lines(cases, which, body, timezone.now()), "more": pages.next}
    return ledger(
        request,
        "transfers",
        shown,
        title=_("Transfers"),
        choices=WHICH,
        bodies=[(row.code, row.label, row.code == body) for row in every_code(BODIES)],
        narrowed="body" in request.GET or which != OPEN,
    )


def passed_on(which: str, body: str) -> CaseQuerySet:
    """The cases with a transfer of this kind."""
    wanted = ExternalReference.objects.filter(case=OuterRef("pk"))
    wanted = wanted.filter(body=body) if body else wanted
    wanted = wanted.filter(answer_required=True, answered_at=None) if which != ALL else wanted
    return Case.objects.exclude(source="").filter(Exists(wanted))


def lines(cases: list[Case], which: str, body: str, at: datetime) -> list[Line]:
    every = [Line(reference, case, at) for case in cases for reference in case.external_references.all()]
    return [
        line
        for line in every
        if (not body or line.reference.body == body) and (which == ALL or line.reference.awaits_answer)
    ]
