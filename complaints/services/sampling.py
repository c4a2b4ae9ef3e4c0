"""The draw of the morning: which of yesterday's settled cases are checked (抽查)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from math import ceil
from random import Random

import structlog
from django.db import transaction
from django.utils import timezone

from complaints.errors import GateNotMet
from complaints.models import CaseEvent, Round, SpotCheck
from complaints.verbs import spotting
from organization.models import User
from sqm_site.clock import database_now
from sqm_site.sweeping import worked

SHARE = 0.05  # of a unit's settled cases of a day
A_WEEK = timedelta(days=7)  # in which everybody who settles is checked at least once
# The draw begins at this hour of the next day, and catches up on so many days when it could not run.
HOUR, CATCHING_UP = 6, 3

log = structlog.get_logger(__name__)
Settled = tuple[int, str, int, int]  # id of the round, reference, id of the unit, id of who settled


def draw_sample(*, at: datetime | None = None) -> int:
    """Put into the sample what is due at `at` (default: the database's now); drawn twice it is the same sample.

    Of each unit and day one in twenty, and of everybody who settled at least one in seven days. Returns how many are
    new.
    """
    moment = at or database_now()
    local = timezone.localtime(moment)
    newest = local.date() - timedelta(days=1 if local.hour >= HOUR else 2)
    days = [newest - timedelta(days=back) for back in reversed(range(CATCHING_UP))]

    def work(batch: Sequence[date]) -> dict[str, int]:
        return {"cases": sum(draw(day, at=moment) for day in batch)}

    done: Counter[str] = Counter()
    # No heartbeat: it ticks too seldom for one. A day that fails is drawn again at the next tick.
    for day, error in worked(days, work, done):
        log.error("put aside", sweep="draw the sample", key=day, exc_info=error)
    return done["cases"]


@transaction.atomic
def draw(day: date, *, at: datetime) -> int:
    rows = settled_on(day)
    known = set(SpotCheck.objects.filter(round__in=[row[0] for row in rows]).values_list("round_id", flat=True))
    chosen = {*of_units(rows, day), *of_people(rows, day, at)} - known
    for number, reference, _unit, _settler in rows:
        if number in chosen:
            with suppress(GateNotMet):  # another process was quicker
                spotting.draw_spot(reference, actor=User.system(), at=at)
    return len(chosen)


def settled_on(day: date) -> list[Settled]:
    """What was settled on a day of the institution's zone, in order of settling."""
    begins = timezone.make_aware(datetime.combine(day, time.min))  # noqa: DTZ001 made aware here
    told = Round.objects.filter(settled=True, notified_at__gte=begins, notified_at__lt=begins + timedelta(days=1))
    rounds = {row.case_id: row for row in told.select_related("case").order_by("notified_at", "pk")}
    settlers = dict(CaseEvent.objects.filter(case__in=rounds, verb=spotting.SETTLE).values_list("case_id", "actor_id"))
    return [
        (row.pk, row.case.reference, row.case.handling_unit_id, settlers[case])
        for case, row in rounds.items()
        if case in settlers  # what was imported has no settler
    ]


def of_units(rows: list[Settled], day: date) -> Iterator[int]:
    """One in twenty of each unit, at least one, by a draw that anybody can repeat."""
    by_unit: dict[int, list[int]] = defaultdict(list)
    for number, _reference, unit, _settler in rows:
        by_unit[unit].append(number)
    for unit, numbers in sorted(by_unit.items()):
        yield from Random(f"{day} {unit}").sample(numbers, ceil(len(numbers) * SHARE))


def of_people(rows: list[Settled], day: date, at: datetime) -> Iterator[int]:
    """One of everybody of whom none was drawn in the days before."""
    by_person: dict[int, list[int]] = defaultdict(list)
    for number, _reference, _unit, settler in rows:
        by_person[settler].append(number)
    recent = SpotCheck.objects.filter(settler__in=by_person, drawn_at__gte=at - A_WEEK)
    for settler in sorted(by_person.keys() - set(recent.values_list("settler_id", flat=True))):
        yield Random(f"{day} person {settler}").choice(by_person[settler])
