"""通知: what the reader was told, newest first, each with the way to its case."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from complaints.desk.shell import StaffRequest, desk_page, framed
from feedback import services as feedback
from feedback.models import IN_APP, Notice
from feedback.wording import word
from sqm_site.fields import number

SHOWN = 100
MOST_DIGITS = 18  # of a row's number in 64 bits


@require_GET
@desk_page
def notice_page(request: StaffRequest) -> HttpResponse:
    rows = list(Notice.objects.filter(to_user=request.user, channel=IN_APP).order_by("read_at", "-pk")[:SHOWN])
    rows.sort(key=lambda row: (row.read_at is not None, -row.pk))
    return framed(
        request,
        "desk/notices.html",
        title=_("Notices"),
        notices=[(row, word(row)) for row in rows],
        unread=any(row.read_at is None for row in rows),
        newest=max((row.pk for row in rows), default=0),
    )


@require_POST
@desk_page
def read_notices(request: StaffRequest) -> HttpResponse:
    """Everything up to the newest on the page counts as read, also what lies beyond the page; not what came since."""
    newest = number(request.POST.get("notice", ""), digits=MOST_DIGITS) or 0
    until = feedback.unread_for(request.user).filter(pk__lte=newest)
    feedback.mark_read(request.user, until.values_list("pk", flat=True), at=timezone.now())
    return redirect("desk:notices")
