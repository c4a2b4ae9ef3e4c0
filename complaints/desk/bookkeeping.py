"""台账: choose one, its days and a unit; a worker writes it, and it is fetched from the page of jobs."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from complaints.desk.jobs import exporting
from complaints.desk.shell import StaffRequest, framed
from complaints.ledgers import LEDGERS


@require_GET
@exporting
def ledger_page(request: StaffRequest) -> HttpResponse:
    since, until = last_month(timezone.localdate())
    shown: dict[str, Any] = {
        "ledgers": list(LEDGERS.values()),
        "since": since,
        "until": until,
        "today": timezone.localdate(),
    }
    return framed(request, "desk/ledgers.html", title=_("Ledgers"), **shown)


def last_month(today: date) -> tuple[date, date]:
    """Its first and last day: what a ledger is mostly asked for."""
    until = today.replace(day=1) - timedelta(days=1)
    return until.replace(day=1), until
