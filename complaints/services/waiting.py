"""Waits that end by themselves: the customer did not answer, and the case goes on without them."""

from datetime import datetime, timedelta

import structlog
from django.db import Error
from django.db.models import Q

from complaints.models import Clock, State
from complaints.verbs import handling
from organization.models import User
from sqm_site.clock import database_now
from sqm_site.errors import DomainError

BATCH = 500
RETRY = timedelta(hours=1)
log = structlog.get_logger(__name__)


def end_waits(*, at: datetime | None = None) -> int:
    """Resume the cases whose wait for the customer is over at `at` (default: the database's now), and return how many.

    An appraisal or mediation that is over time is not ended by a machine: its clock reminds and climbs. One case that
    cannot be resumed is left alone for an hour and does not stop the others.
    """
    at = at or database_now()
    over = Clock.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=at),
        kind="wait",
        stopped_at=None,
        due_at__lt=at,
        case__state=State.WAITING_CUSTOMER,
    )
    due = list(over.order_by("due_at").values_list("pk", "case__reference")[:BATCH])
    return sum(resumed(pk, reference, at) for pk, reference in due)


def resumed(clock: int, reference: str, at: datetime) -> bool:
    try:
        handling.resume(reference, actor=User.system(), at=at)
    except (DomainError, Error) as refusal:  # somebody else was faster, or a row is bad
        log.warning("wait not ended", reference=reference, refusal=str(refusal))
        Clock.objects.filter(pk=clock).update(retry_at=at + RETRY)
        return False
    return True
