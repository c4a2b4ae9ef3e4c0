"""流转记录: with whom and in which unit a case lay, how long, and how it left them. Told by its events alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from complaints.models import FINAL, Case, CaseEvent
from organization.models import Unit, User
from sla import services as sla


@dataclass(frozen=True)
class Stay:
    """A stretch in which a case lay with one person of one unit. The stays of a case follow each other without a gap.

    signed    False: it was on offer to them, and nobody had signed for it
    until     None: it lies there still
    ended_by  the verb that ended it; empty while it lies there
    working, calendar  how long, up to now for what lies there still
    """

    unit_id: int
    person_id: int | None
    signed: bool
    since: datetime
    until: datetime | None = None
    ended_by: str = ""
    working: timedelta = timedelta()
    calendar: timedelta = timedelta()
    unit: Unit | None = None
    person: User | None = None


@dataclass(frozen=True)
class OfUnit:
    """How much working time a case spent in one unit: in hand, and on offer before anybody signed for it."""

    unit: Unit
    in_hand: timedelta
    unsigned: timedelta


class Place:
    """Where a case lies, as its events tell it one after the other."""

    def __init__(self) -> None:
        self.owner: int | None = None
        self.unit: int | None = None
        self.offers: dict[str, dict[str, Any]] = {}

    def hear(self, event: CaseEvent) -> Stay | None:
        """What begins to lie, and where, after the event; None of a case that has ended."""
        columns = event.details.get("case", {})
        self.owner = columns.get("owner_id", self.owner)
        self.unit = columns.get("handling_unit_id", self.unit)
        for number, said in event.details.get("offers", {}).items():
            self.offers.setdefault(number, {}).update(said)
        if event.after in FINAL or self.unit is None:
            return None
        # an offer that leaves the state as it is leaves the work with the owner, too
        lying = [one for one in self.offers.values() if not one.get("ended_at") and one.get("from_state")]
        if lying:
            return Stay(lying[-1]["unit_id"], lying[-1]["to_id"], signed=False, since=event.at)
        return Stay(self.unit, self.owner, signed=True, since=event.at)


def stays_of(case: Case, *, at: datetime) -> list[Stay]:
    """Where the case lay, oldest first. Three queries, whatever the story."""
    moving = Q(details__has_key="offers") | Q(details__case__has_any_keys=["owner_id", "handling_unit_id"])
    turning = Q(after__in=FINAL) | Q(before__in=FINAL)
    events = case.events.filter(moving | turning).order_by("sequence").defer("previous_hash", "hash")
    return named([reckoned(stay, case, at) for stay in told_by(events)])


def told_by(events: Iterable[CaseEvent]) -> list[Stay]:
    """The stays that events tell of. What ended in the moment in which it began was none."""
    place, stays = Place(), list[Stay]()
    lying: Stay | None = None
    for event in events:
        found = place.hear(event)
        if lying and found and where(lying) == where(found):
            continue
        if lying and event.at > lying.since:
            stays.append(replace(lying, until=event.at, ended_by=event.verb))
        lying = found
    return [*stays, lying] if lying else stays


def where(stay: Stay) -> tuple[Any, ...]:
    return (stay.unit_id, stay.person_id, stay.signed)


def reckoned(stay: Stay, case: Case, at: datetime) -> Stay:
    until = stay.until or max(at, stay.since)
    working = sla.working_time(stay.since, until, entity=case.legal_entity_id)
    return replace(stay, working=working, calendar=until - stay.since)


def named(stays: list[Stay]) -> list[Stay]:
    units = Unit.objects.in_bulk({stay.unit_id for stay in stays})
    people = User.objects.in_bulk({stay.person_id for stay in stays if stay.person_id})
    return [replace(stay, unit=units.get(stay.unit_id), person=people.get(stay.person_id or 0)) for stay in stays]


def by_unit(stays: Iterable[Stay]) -> list[OfUnit]:
    """The working time in each unit, in the order in which the case came to them."""
    sums: dict[int, OfUnit] = {}
    for stay in stays:
        assert stay.unit is not None
        so_far = sums.get(stay.unit_id, OfUnit(stay.unit, timedelta(), timedelta()))
        in_hand, unsigned = (stay.working, timedelta()) if stay.signed else (timedelta(), stay.working)
        sums[stay.unit_id] = OfUnit(stay.unit, so_far.in_hand + in_hand, so_far.unsigned + unsigned)
    return list(sums.values())
