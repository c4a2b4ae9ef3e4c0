"""What a large load consists of: which way each case goes, when its customer spoke, and at which table it lies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random

from django.utils import timezone

from demo import bank, walking
from demo.bank import Table
from demo.history import SEASON, WEEKDAYS
from demo.lives import FINISHED, OPEN, Life
from demo.moulds import Mould, moulded, parts
from demo.pouring import Planned
from organization.models import LegalEntity
from sla import services as sla

OPEN_SHARE = 0.06
WEEKS = 104  # over which the finished cases are spread
FOUNDED = timedelta(weeks=WEEKS + 60)  # before the present: everybody has held their post since
A_VARIANT = 40  # thousandths of the cases that go the same way, to the minute of the week
WALK_WEEKS = range(6, 60)  # before the present
CLEAR_DAYS = 35  # without a holiday, in which a finished case is walked


@dataclass(frozen=True)
class Moulds:
    """The moulds of each life and kind of table."""

    finished: Mapping[tuple[Life, str], list[Mould]]
    opened: Mapping[tuple[Life, str], list[Mould]]

    def all(self) -> Iterator[Mould]:
        for found in (self.finished, self.opened):
            for some in found.values():
                yield from some


class Days:
    """Which days people work, by the calendar of the first policy."""

    def __init__(self) -> None:
        self.known: dict[date, bool] = {}

    def is_working(self, day: date) -> bool:
        if day not in self.known:
            midnight = timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 made aware here
            self.known[day] = timezone.localdate(sla.working_deadline(midnight, 1)) == day
        return self.known[day]

    def around(self, since: datetime, span: int) -> list[bool]:
        """The days from the one before a moment on."""
        first = timezone.localdate(since) - timedelta(days=1)
        return [self.is_working(first + timedelta(days=number)) for number in range(span)]

    def clear_monday(self, at: datetime) -> date:
        """The latest Monday after which no holiday comes for a while; without one the oldest that was asked for."""
        monday = timezone.localdate(at) - timedelta(days=timezone.localdate(at).weekday())
        mondays = [monday - timedelta(weeks=back) for back in WALK_WEEKS]
        plain = [number % 7 < 5 for number in range(CLEAR_DAYS)]
        clear = (
            day for day in mondays if [self.is_working(day + timedelta(days=one)) for one in range(CLEAR_DAYS)] == plain
        )
        return next(clear, mondays[-1])


def cast_moulds(entity: LegalEntity, *, at: datetime, chance: Random, days: Days, done: Callable[[], object]) -> Moulds:
    """Walk every life at every kind of table it happens at, more than once where many go that way. Nothing stays.

    done  is called after each
    """
    programs = [*bank.programs(entity).values()]
    monday = days.clear_monday(at)

    def cast(lives: Sequence[Life], began: Callable[[Life], datetime]) -> dict[tuple[Life, str], list[Mould]]:
        return {
            (life, kind): [walked(life, tables[kind], began(life)) for _number in range(variants(life))]
            for life in lives
            for kind in life.kinds
        }

    def walked(life: Life, table: Table, begins_at: datetime) -> Mould:
        mould = moulded(walking.walk(life, table, chance.choice(programs), begins_at, until=at, chance=chance))
        done()
        return mould

    with walking.nothing_stays():
        walking.mark_keys()
        tables = bank.cast(entity, at - FOUNDED)
        return Moulds(
            finished=cast(FINISHED, lambda life: walking.receipt(monday + weekday(chance), chance)),
            opened=cast(OPEN, lambda life: some_time_ago(life, at, chance)),
        )


def variants(life: Life) -> int:
    return max(life.share // A_VARIANT, 1)


def weekday(chance: Random) -> timedelta:
    return timedelta(days=chance.choices(range(7), WEEKDAYS)[0])


def some_time_ago(life: Life, at: datetime, chance: Random) -> datetime:
    hours = life.age * chance.uniform(0.7, 1.3)
    return walking.sounded(at - timedelta(hours=hours), chance)


class Planning:
    """Draws cases. The same seed and moment draw the same."""

    def __init__(self, moulds: Moulds, entity: LegalEntity, *, at: datetime, days: Days, chance: Random) -> None:
        self.moulds, self.at, self.days, self.chance = moulds, at, days, chance
        tables = bank.tables(entity)
        self.tables = {kind: [table for table in tables if table.kind == kind] for kind in ("team", "counter")}
        self.share = {kind: sum(table.weight for table in some) for kind, some in self.tables.items()}
        self.sums = {kind: [*accumulate(table.weight for table in some)] for kind, some in self.tables.items()}
        self.weeks: dict[int, tuple[list[int], list[float]]] = {}

    def plan(self, cases: int) -> list[Planned]:
        """So many cases, in the order in which they came in."""
        opened = round(cases * OPEN_SHARE)
        drawn = [self.one(life, self.moulds.opened) for life in allotted(OPEN, opened)]
        drawn += [self.one(life, self.moulds.finished) for life in allotted(FINISHED, cases - opened)]
        return sorted(drawn, key=lambda one: one.mould.begins + one.days * 86_400)

    def one(self, life: Life, moulds: Mapping[tuple[Life, str], list[Mould]]) -> Planned:
        kind = self.chance.choices(life.kinds, [self.share[one] for one in life.kinds])[0]
        mould = self.chance.choice(moulds[life, kind])
        table = self.chance.choices(self.tables[kind], cum_weights=self.sums[kind])[0]
        return Planned(mould, self.shift(mould, finished=moulds is self.moulds.finished), self.parts(table))

    def parts(self, table: Table) -> Mapping[str, int]:
        return parts(table, self.chance.randrange(len(table.workers)))

    def shift(self, mould: Mould, *, finished: bool) -> int:
        """By how many days a case is moved: whole weeks, to days of the same kind. What is open stays."""
        if not finished:
            return 0
        if id(mould) not in self.weeks:
            self.weeks[id(mould)] = self.fitting(mould)
        weeks, sums = self.weeks[id(mould)]
        return 7 * self.chance.choices(weeks, cum_weights=sums)[0]

    def fitting(self, mould: Mould) -> tuple[list[int], list[float]]:
        """The weeks by which a mould may move so that its deadlines stay true, and how many cases they had so far."""
        latest = (self.at - timedelta(days=1) - mould.ends_at).days // 7
        pattern = self.days.around(mould.received_at, mould.span)
        weeks = range(latest - WEEKS, latest + 1)
        moved = {week: mould.received_at + timedelta(weeks=week) for week in weeks}
        fitting = [week for week in weeks if self.days.around(moved[week], mould.span) == pattern]
        return fitting, [*accumulate(SEASON[moved[week].month - 1] for week in fitting)]


def allotted(lives: Sequence[Life], cases: int) -> list[Life]:
    """Each life by its share, at least once as far as the cases reach; the commonest takes what rounding leaves."""
    total = sum(life.share for life in lives)
    found = [life for life in lives for _number in range(max(cases * life.share // total, 1))]
    commonest = max(lives, key=lambda life: life.share)
    return (found + [commonest] * (cases - len(found)))[:cases]
