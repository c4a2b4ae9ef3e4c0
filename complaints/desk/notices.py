"""通知: what the reader was told, newest first, each with the way to its case, or to the change they asked for."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from complaints.desk.shell import StaffRequest, framed, own_page
from complaints.models import Case
from feedback import services as feedback
from feedback.models import IN_APP, Notice
from feedback.wording import word
from organization.models import User
from organization.services.proposals import DECIDED
from sqm_site.fields import number

SHOWN = 100
MOST_DIGITS = 18  # of a row's number in 64 bits


@require_GET
@own_page
def notice_page(request: StaffRequest) -> HttpResponse:
    rows = but_barred(notices_of(request.user), request.user)
    return framed(
        request,
        "desk/notices.html",
        title=_("Notices"),
        notices=[(row, word(row), way_to(row)) for row in rows],
        unread=any(row.read_at is None for row in rows),
        newest=max((row.pk for row in rows), default=0),
    )


def notices_of(user: User) -> list[Notice]:
    """What the user has not read, and below it what was read; each the newest first, a page in all."""
    rows = list(feedback.unread_for(user)[:SHOWN])
    read = Notice.objects.filter(to_user=user, channel=IN_APP, read_at__isnull=False).order_by("-pk")
    return rows + list(read[: SHOWN - len(rows)])


def way_to(row: Notice) -> str:
    if row.kind == DECIDED:
        return reverse("admin:organization_proposal_change", args=[row.about])
    return reverse("desk:case", args=[row.about])


def but_barred(rows: list[Notice], user: User) -> list[Notice]:
    """Without those that lead to a case which concerns the reader by now: it is none for them any more."""
    named = Case.objects.filter(reference__in={row.about for row in rows}, barred__contains=[user.pk])
    hidden = set(named.values_list("reference", flat=True))
    return [row for row in rows if row.about not in hidden]


@require_POST
@own_page
def read_notices(request: StaffRequest) -> HttpResponse:
    """Everything up to the newest on the page counts as read, also what lies beyond the page; not what came since."""
    newest = number(request.POST.get("notice", ""), digits=MOST_DIGITS) or 0
    until = feedback.unread_for(request.user).filter(pk__lte=newest)
    feedback.mark_read(request.user, until.values_list("pk", flat=True), at=timezone.now())
    return redirect("desk:notices")
