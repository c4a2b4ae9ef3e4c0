"""What ends by itself: a wait for a customer who did not answer, and a told case that nobody filed in time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from complaints.errors import GateNotMet
from complaints.models import Clock, Nature, Offer, State
from complaints.verbs import closing, handling
from organization.models import User
from sqm_site.clock import database_now
from sqm_site.sweeping import RETRY, sweep

BATCH = 50

Over = tuple[int, str]  # id of the clock that is over, reference of its case


def end_waits(*, at: datetime | None = None) -> int:
    """Resume the cases whose wait for the customer is over at `at` (default: the database's now), and return how many.

    An appraisal or mediation that is over time is not ended by a machine: its clock reminds and climbs.
    """
    moment = at or database_now()
    offered = Offer.objects.filter(case=OuterRef("case"), ended_at=None, from_state=State.WAITING_CUSTOMER)
    waits = over("wait", moment).filter(Q(case__state=State.WAITING_CUSTOMER) | Exists(offered))
    return ended("end waits", waits, lambda reference: handling.resume(reference, **by_itself(moment)), moment)


def file_told(*, at: datetime | None = None) -> int:
    """File the told cases whose time for filing, or for the ways left to the customer, is over. Returns how many.

    Only what meets the gate: of the others the owner was reminded, and the rungs climb. What the rows tell beforehand,
    a root cause that nobody chose and ways that are still open, is not tried at all; the rest is left for an hour.
    """
    moment = at or database_now()
    told = over("filing", moment).filter(case__state=State.NOTIFIED)
    ways = Clock.objects.filter(case=OuterRef("case"), kind="ways", stopped_at=None, due_at__gte=moment)
    ready = told.exclude(case__nature=Nature.COMPLAINT, case__root_cause="").exclude(Exists(ways))
    return ended("file told cases", ready, lambda reference: file_one(reference, moment), moment)


def file_one(reference: str, at: datetime) -> bool:
    """File a case, unless something is missing. Returns whether it was filed."""
    try:
        closing.close(reference, **by_itself(at))
    except GateNotMet:
        return False
    return True


def ended(name: str, clocks: QuerySet[Clock], end: Callable[[str], object], at: datetime) -> int:
    """Sweep over the cases of these clocks, each batch in one transaction. Returns of how many `end` was not False."""

    @transaction.atomic
    def work(batch: Sequence[Over]) -> dict[str, int]:
        left = [one for one in batch if end(one[1]) is False]
        for one in left:
            put_aside(one, at=at)
        return {"cases": len(batch) - len(left)}

    return sweep(name, pages(clocks), work=work, isolate=lambda clock, _error: put_aside(clock, at=at))["cases"]


def by_itself(at: datetime) -> dict[str, Any]:
    return {"actor": User.system(), "at": at}


def over(kind: str, at: datetime) -> QuerySet[Clock]:
    """The clocks of a kind that ran out before `at`, but those that were put aside."""
    waiting = Q(retry_at=None) | Q(retry_at__lte=at)
    return Clock.objects.filter(waiting, kind=kind, stopped_at=None, due_at__lt=at)


def pages(clocks: QuerySet[Clock]) -> Iterator[list[Over]]:
    """Each once, oldest first, whether or not it stays."""
    last = 0
    while batch := list(clocks.filter(pk__gt=last).order_by("pk").values_list("pk", "case__reference")[:BATCH]):
        yield batch
        last = batch[-1][0]


def put_aside(clock: Over, *, at: datetime) -> datetime:
    Clock.objects.filter(pk=clock[0]).update(retry_at=at + RETRY)
    return at + RETRY
