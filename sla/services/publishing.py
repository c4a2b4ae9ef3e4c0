"""The State Council's notice of one year (放假安排): read from a file, held against what is plausible, entered."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from organization.models import User
from security.services import record
from sla import rulebook
from sla.arithmetic import DAY, SATURDAY
from sla.errors import NoticeRefused
from sla.models import Calendar, CalendarDay

HOLIDAY, WORKING = "holiday", "working"
# 全国年节及纪念日放假办法 Art. 2: those whose date is the same each year, in every version since 2008.
ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
FEWEST, MOST = 11, 40  # days off that a notice names: the law's own without a bridge, and twice what was ever arranged
MOST_WORKING = 15  # weekend days that are worked instead


@dataclass(frozen=True, slots=True)
class NamedDay:
    day: date
    is_workday: bool
    name: str


def read_notice(path: Path, year: int) -> list[NamedDay]:
    """The days that a notice names, in order.

    path  a CSV with the columns date, kind (holiday or working) and name; or JSON: the same as a list of objects, or
          the format of holiday-cn, {"days": [{"date", "name", "isOffDay"}]}
    Raises NoticeRefused, with all that is wrong.
    """
    try:
        rows = list(rows_of(path))
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise NoticeRefused(faults=f"{path.name}: {error}") from error
    faults = [*unfit(rows, year)]
    if faults:
        raise NoticeRefused(faults=" ".join(faults))
    return sorted(rows, key=lambda one: one.day)


def rows_of(path: Path) -> Iterator[NamedDay]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".json":
        told = json.loads(text)
        yield from (named_day(row) for row in (told["days"] if isinstance(told, dict) else told))
    else:
        yield from (named_day(row) for row in csv.DictReader(text.splitlines()))


def named_day(row: dict[str, Any]) -> NamedDay:
    """Raises KeyError, ValueError for a row of another form."""
    kind = {True: HOLIDAY, False: WORKING}.get(row.get("isOffDay", ""), str(row.get("kind", "")).strip())
    if kind not in {HOLIDAY, WORKING}:
        raise ValueError(_("“{kind}” is neither holiday nor working.").format(kind=kind))
    return NamedDay(date.fromisoformat(str(row["date"]).strip()), kind == WORKING, str(row["name"]).strip()[:40])


def unfit(rows: list[NamedDay], year: int) -> Iterator[str]:
    """What a notice of the State Council would not say, a sentence each."""
    times = Counter(one.day for one in rows)
    for day in sorted(day for day in times if day.year != year):
        yield _("{day} is not in {year}.").format(day=day, year=year)
    for day in sorted(day for day, count in times.items() if count > 1):
        yield _("{day} is named twice.").format(day=day)
    yield from unlawful(rows, year)


def unlawful(rows: list[NamedDay], year: int) -> Iterator[str]:
    off = {one.day for one in rows if not one.is_workday}
    worked = [one.day for one in rows if one.is_workday]
    for day in (day for day in worked if day.isoweekday() < SATURDAY):
        yield _("{day} is worked by itself: only a day at a weekend is made a working day.").format(day=day)
    for day in sorted({date(year, month, number) for month, number in ALWAYS_OFF} - off):
        yield _("{day} is a holiday by law, and is missing.").format(day=day)
    if not FEWEST <= len(off) <= MOST or len(worked) > MOST_WORKING:
        yield _("{off} days off and {worked} working days are not what a year has.").format(
            off=len(off), worked=len(worked)
        )


def publish_year(calendar: Calendar, year: int, notice: list[NamedDay], *, at: datetime) -> bool:
    """Enter every day of the year as official, in place of what was expected. Returns False if it stood so already.

    The opening hours that somebody entered for one day stay. One record of the audit log says what changed.
    Raises NoticeRefused where official days of the year say otherwise: an administrator corrects those by the page.
    """
    named = {one.day: one for one in notice}
    rows = {row.day: row for row in calendar.days.select_for_update().filter(day__year=year)}
    fresh = [official_day(calendar, day, named.get(day), rows.get(day)) for day in days_of(year)]
    official = {day: row.is_workday for day, row in rows.items() if row.official}
    refuse_others(fresh, official)
    new = [one for one in fresh if one.day not in official]
    if not new:
        return False
    was = {day.isoformat(): row.is_workday for day, row in rows.items() if day not in official}
    calendar.days.filter(day__year=year, official=False).delete()
    CalendarDay.objects.bulk_create(new)
    details = {"legal_entity": calendar.legal_entity_id, "year": year, "expected_was": was}
    now = {one.day.isoformat(): one.is_workday for one in notice}
    record("configure", actor=User.system(), subject=f"calendar:{calendar.pk}", at=at, details={**details, "now": now})
    rulebook.forget()
    return True


def refuse_others(fresh: Iterable[CalendarDay], official: Mapping[date, bool]) -> None:
    """Raises NoticeRefused where days that are published already say otherwise."""
    others = [one.day for one in fresh if official.get(one.day, one.is_workday) != one.is_workday]
    if others:
        said = _("{day} is published already, and not so.")
        raise NoticeRefused(faults=" ".join(said.format(day=day) for day in others))


def official_day(calendar: Calendar, day: date, named: NamedDay | None, expected: CalendarDay | None) -> CalendarDay:
    is_workday = named.is_workday if named else day.isoweekday() < SATURDAY
    hours = expected.hours if expected is not None and is_workday else None
    return CalendarDay(calendar=calendar, day=day, is_workday=is_workday, name=named.name if named else "", hours=hours)


def days_of(year: int) -> Iterator[date]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    return (first + number * DAY for number in range((last - first).days + 1))
