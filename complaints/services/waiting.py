"""Waits that end by themselves: the customer did not answer, and the case goes on without them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from complaints.models import Clock, State
from complaints.verbs import handling
from organization.models import User
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY, sweep

NAME = "end waits"
BATCH = 50

Wait = tuple[int, str]  # id of the clock, reference of its case


def end_waits(*, at: datetime | None = None) -> int:
    """Resume the cases whose wait for the customer is over at `at` (default: the database's now), and return how many.

    An appraisal or mediation that is over time is not ended by a machine: its clock reminds and climbs.
    """
    moment = at or database_now()
    done = sweep(
        NAME,
        over(moment),
        work=lambda waits: resume(waits, at=moment),
        isolate=lambda wait, _error: put_aside(wait, at=moment),
    )
    return done["cases"]


def over(at: datetime) -> Iterator[list[Wait]]:
    waits = Clock.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=at),
        kind="wait",
        stopped_at=None,
        due_at__lt=at,
        case__state=State.WAITING_CUSTOMER,
    )
    keys = waits.order_by("due_at").values_list("pk", "case__reference")
    while batch := list(keys[:BATCH]):
        yield batch  # what it resumed is no longer waiting, what it could not is put aside


@transaction.atomic
def resume(waits: Sequence[Wait], *, at: datetime) -> dict[str, int]:
    for _clock, reference in waits:
        handling.resume(reference, actor=User.system(), at=at)
    return {"cases": len(waits)}


def put_aside(wait: Wait, *, at: datetime) -> datetime:
    Clock.objects.filter(pk=wait[0]).update(retry_at=at + RETRY)
    return at + RETRY
