"""Who holds which post: the complaint post of a unit, and the nearest person with a role above a case."""

import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from organization.models import Membership, Unit, User
from organization.rights import ALL, Rights, permissions
from organization.services.setup import FIRST_RECEIVER

CACHE_SECONDS = 5
_posts: dict[int, tuple[int, User]] = {}  # unit -> window of time and holder


def nobody(person: User) -> bool:
    return False


def complaint_post(unit: Unit, at: datetime, *, barred: Callable[[User], bool] = nobody) -> User:
    """The holder of the unit's complaint post: A角, or B角 while A is absent or barred; lacking both, the parent's.

    One query. Where all are absent, the nearest; where nobody holds a post up to the root, the account that `setup`
    made for it (a second query): a complaint always finds an owner.
    """
    line = {
        place.pk: place for place in Unit.objects.filter(pk__in=unit.lineage).select_related("receiver", "substitute")
    }
    fallback: User | None = None
    for pk in reversed(unit.lineage):
        for person in (line[pk].receiver, line[pk].substitute):
            if person is None or not person.is_active or barred(person):
                continue
            if is_present(person, at):
                return person
            fallback = fallback or person
    last = User.objects.filter(legal_entity_id=unit.legal_entity_id, is_service=True)
    return fallback or last.get(username__startswith=FIRST_RECEIVER)


def complaint_post_cached(unit: Unit, at: datetime) -> User:
    """The same for intake, at most five seconds old."""
    window = int(time.monotonic() // CACHE_SECONDS)
    remembered = _posts.get(unit.pk)
    if remembered is None or remembered[0] != window:
        remembered = _posts[unit.pk] = (window, complaint_post(unit, at))
    return remembered[1]


def people_up(unit: Unit, roles: Iterable[str], *, at: datetime) -> User | None:
    """The nearest present person, from the unit upward, with one of the roles; earlier roles first at each step."""
    wanted = list(roles)
    return role_holders(wanted, at=at, units=unit.lineage).first(wanted, reversed(unit.lineage))


class Holders:
    """Who holds some roles in which units, read in one query."""

    def __init__(self, by_place: dict[tuple[str, int], User]) -> None:
        self.by_place = by_place

    def first(self, roles: Iterable[str], unit_ids: Iterable[int]) -> User | None:
        """Unit by unit, the holder of the first role that somebody holds there."""
        wanted = list(roles)
        places = ((role, pk) for pk in unit_ids for role in wanted)
        return next((self.by_place[place] for place in places if place in self.by_place), None)


def role_holders(roles: Iterable[str], *, at: datetime, units: Iterable[int] | None = None) -> Holders:
    """Present holders of the roles, everywhere or in some units. Of several in one unit, the longest serving."""
    in_force = Membership.objects.in_force(timezone.localdate(at))
    rows = in_force.filter(role__in=list(roles), user__is_active=True, user__is_service=False)
    if units is not None:
        rows = rows.filter(unit_id__in=list(units))
    by_place: dict[tuple[str, int], User] = {}
    for membership in rows.select_related("user").order_by("valid_from", "pk"):
        if membership.unit_id and is_present(membership.user, at):
            by_place.setdefault((membership.role, membership.unit_id), membership.user)
    return Holders(by_place)


def who_may(
    verb: str, case: Any, roles: Iterable[str] | None = None, *, at: datetime, but_not: Collection[int] = ()
) -> User | None:
    """The nearest present person whose right to the verb reaches the case. One query.

    Those of the case's team first, then unit by unit upward, at last those to whom the whole legal entity is open; of
    one unit in the order of `roles` (default: every role with the verb), then the longest serving.

    but_not  ids of people who are not asked
    """
    granted = permissions().get(verb, {})
    wanted = [role for role in (granted if roles is None else roles) if role in granted]
    line: list[int] = case.handling_unit.lineage
    everywhere = [role for role in wanted if granted[role] == ALL]
    rows = (
        Membership.objects.in_force(timezone.localdate(at))
        .filter(Q(unit_id__in=line) | Q(role__in=everywhere), role__in=wanted, legal_entity_id=case.legal_entity_id)
        .filter(user__is_active=True, user__is_service=False)
        .exclude(user_id__in=but_not)
        .select_related("user", "unit")
        .order_by("valid_from", "pk")
    )

    def distance(membership: Membership) -> tuple[bool, int, int]:
        in_team = case.team_id is not None and membership.team_id == case.team_id
        steps = line[::-1].index(membership.unit_id) if membership.unit_id in line else len(line)
        return (not in_team, steps, wanted.index(membership.role))

    near = sorted((row for row in rows if is_present(row.user, at)), key=distance)
    return next((row.user for row in near if Rights(row.user, memberships=[row]).allows(verb, case)), None)


def is_at_work(person: User | None, at: datetime) -> bool:
    """Whether somebody can be expected to act: with an account in force, and not away."""
    return person is not None and person.is_active and is_present(person, at)


def is_present(person: User, at: datetime) -> bool:
    return person.absent_until is None or person.absent_until <= at
