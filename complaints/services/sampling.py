"""The draw of the morning: which of what was settled or told by word yesterday is checked (抽查)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from math import ceil
from random import Random

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from complaints.errors import GateNotMet, WrongState
from complaints.models import CaseEvent, Round, SpotCheck
from complaints.verbs import spotting
from complaints.verbs.evidence import SPOKEN
from organization.models import User
from sqm_site.clock import database_now
from sqm_site.sweeping import worked

SHARE = 0.05  # of what a unit told by word on a day
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)  # in which everybody who tells is checked at least once
# The draw begins at this hour of the next day, and catches up on so many days when it could not run.
HOUR, CATCHING_UP = 6, 3

log = structlog.get_logger(__name__)
Telling = tuple[Round, int]  # a round with its case, and the id of who told the customer


def draw_sample(*, at: datetime | None = None) -> int:
    """Put into the sample what is due at `at` (default: the database's now); drawn twice it is the same sample.

    Of each unit and day one in twenty of what was settled or told by word, and of everybody who told at least one in
    seven days. Returns how many are new.
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
    rows = tellings_on(day)
    known = set(SpotCheck.objects.filter(round__in=[turn for turn, _teller in rows]).values_list("round_id", flat=True))
    chosen = {*of_units(rows, day), *of_people(rows, day, at)} - known
    for turn, _teller in rows:
        if turn.pk in chosen:
            with suppress(GateNotMet, WrongState):  # another process was quicker; merged meanwhile
                spotting.draw_spot(turn.case.reference, actor=User.system(), at=at, round=turn.number)
    return len(chosen)


def tellings_on(day: date) -> list[Telling]:
    """What was settled or told by word on a day of the institution's zone, in that order; of a late entry its day."""
    begins = timezone.make_aware(datetime.combine(day, time.min))  # noqa: DTZ001 made aware here
    told = Round.objects.filter(notified_at__isnull=False, credited_at__gte=begins, credited_at__lt=begins + A_DAY)
    by_word = told.filter(Q(settled=True) | Q(notification__method__in=SPOKEN)).select_related("case")
    rounds = {(row.case_id, row.number): row for row in by_word.order_by("credited_at", "pk")}
    events = CaseEvent.objects.filter(case__in={case for case, _number in rounds}, verb__in=spotting.TELLING)
    tellers = {(case, number): actor for case, number, actor in events.values_list("case_id", "round", "actor_id")}
    # what was imported nobody here has told
    return [(row, tellers[key]) for key, row in rounds.items() if key in tellers]


def of_units(rows: list[Telling], day: date) -> Iterator[int]:
    """One in twenty of each unit, at least one, by a draw that anybody can repeat."""
    by_unit: dict[int, list[int]] = defaultdict(list)
    for turn, _teller in rows:
        by_unit[turn.case.handling_unit_id].append(turn.pk)
    for unit, numbers in sorted(by_unit.items()):
        yield from Random(f"{day} {unit}").sample(numbers, ceil(len(numbers) * SHARE))


def of_people(rows: list[Telling], day: date, at: datetime) -> Iterator[int]:
    """One of everybody of whom none was drawn in the days before."""
    by_person: dict[int, list[int]] = defaultdict(list)
    for turn, teller in rows:
        by_person[teller].append(turn.pk)
    recent = SpotCheck.objects.filter(settler__in=by_person, drawn_at__gte=at - A_WEEK)
    for teller in sorted(by_person.keys() - set(recent.values_list("settler_id", flat=True))):
        yield Random(f"{day} person {teller}").choice(by_person[teller])
