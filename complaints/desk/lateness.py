"""补录确认: the late entries that wait for the reader, a day at a time; those of a day are decided in one act."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from complaints.countdown import span
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.models import Approval, Case, CaseEvent, CaseText
from complaints.verbs import VERBS, label_of, lateness
from organization.models import User
from organization.rights import rights_of
from sqm_site.errors import DomainError
from sqm_site.fields import number

SHOWN = 200  # the oldest; the others come when these are decided
MOST_DIGITS = 18  # of a row's number in 64 bits
LONGEST = 5_000  # of the remark, as the form of the verb has it


@dataclass(frozen=True)
class LateEntry:
    """What was entered late, and what its author gave for it."""

    approval: Approval
    event: CaseEvent
    words: list[str]

    @property
    def verb(self) -> str:
        return str(label_of(self.event.verb))

    @property
    def delay(self) -> str:
        return span(self.event.at - self.event.happened_at)


def waiting(user: User, at: datetime) -> QuerySet[Approval]:
    """The late entries the user may agree to: asked for by somebody else, in cases within reach."""
    asked = Approval.objects.filter(verb=lateness.confirm_late_entry.name, status=Approval.Status.ASKED)
    within = Case.objects.filter(rights_of(user).reach("decide_approval"))
    return asked.filter(expires_at__gt=at, case__in=within).exclude(asked_by=user)


def only_deciders(request: StaffRequest) -> None:
    if not rights_of(request.user).has("decide_approval"):
        raise PermissionDenied


@require_GET
@desk_page
def late_entries_page(request: StaffRequest) -> HttpResponse:
    only_deciders(request)
    rows = waiting(request.user, timezone.now()).select_related("case", "asked_by").order_by("asked_at", "pk")
    return framed(request, "desk/late.html", title=_("Late entries"), days=list(by_day(list(rows[:SHOWN]))))


def by_day(rows: list[Approval]) -> Iterator[tuple[date, list[LateEntry]]]:
    """The entries under the day they were made on. Two statements, however many there are."""
    places = {(row.case_id, row.arguments["entry"]) for row in rows}
    cases, sequences = {case for case, _entry in places}, {entry for _case, entry in places}
    events = {
        (event.case_id, event.sequence): event
        for event in CaseEvent.objects.filter(case__in=cases, sequence__in=sequences)
    }
    words: dict[tuple[int, int], list[str]] = {place: [] for place in places}
    for text in CaseText.objects.filter(case__in=cases, event_sequence__in=sequences).order_by("pk"):
        words.setdefault((text.case_id, text.event_sequence), []).append(text.text)
    for day, some in groupby(rows, key=lambda row: localtime(row.asked_at).date()):
        at = [(row, (row.case_id, row.arguments["entry"])) for row in some]
        yield day, [LateEntry(row, events[place], words[place]) for row, place in at]


@require_POST
@desk_page
def decide_late_entries(request: StaffRequest) -> HttpResponse:
    """Agree to the chosen ones or refuse them: each case in a transaction of its own, and whatever fails is named."""
    only_deciders(request)
    decision, remark = request.POST.get("grant"), request.POST.get("remark", "").strip()
    if decision not in {"yes", "no"} or len(remark) > LONGEST:
        return HttpResponseBadRequest()
    numbers = (number(sent, digits=MOST_DIGITS) for sent in request.POST.getlist("approval")[:SHOWN])
    chosen = {one for one in numbers if one is not None}
    at = timezone.now()
    given: dict[str, Any] = {"grant": decision == "yes"} | ({"remark": remark} if remark else {})
    done = 0
    for row in waiting(request.user, at).filter(pk__in=chosen).select_related("case").order_by("case", "pk"):
        try:
            VERBS["decide_approval"](row.case.reference, actor=request.user, at=at, approval=row.pk, **given)
        except DomainError as refused:
            messages.error(request, f"{row.case.reference}: {refused}")
        else:
            done += 1
    tell(request, done, missing=len(chosen) - done, granted=decision == "yes")
    return redirect("desk:late")


def tell(request: StaffRequest, done: int, *, missing: int, granted: bool) -> None:
    if not done and not missing:
        messages.info(request, _("Choose at least one entry."))
    if done:
        agreed = ngettext("{count} late entry agreed to.", "{count} late entries agreed to.", done)
        refused = ngettext("{count} late entry refused.", "{count} late entries refused.", done)
        messages.success(request, (agreed if granted else refused).format(count=done))
    if missing:
        words = ngettext("{count} of those chosen is as it was.", "{count} of those chosen are as they were.", missing)
        messages.warning(request, words.format(count=missing))
