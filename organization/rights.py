"""What a person may do: memberships x permissions.yml. Read once a user instance, so once a request.

The wall comes first: a person belongs to one legal entity and reaches nothing of another. Then the place: each
membership opens its own units and business line, and what two of them open is added up, never mixed.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, reduce
from operator import or_
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Q

from organization.models import Membership, Role, Unit, User
from organization.places import TIP_OFF, line_of, lineages, lying_in, natures_of, shared_queues, tips_of

FILE = Path(__file__).with_name("permissions.yml")
OFFERED, OWN, TEAM, ABOVE, UNIT, ALL = "offered", "own", "team", "above", "unit", "all"
ASKED = "asked"


@cache
def permissions() -> dict[str, dict[str, str]]:
    """verb -> role -> position, as permissions.yml says."""
    table: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return table


def may(verb: str) -> Callable[[Any, Any], bool]:
    """The permission of an edge of the workflow: a callable of (case, user)."""

    def allowed(case: Any, user: Any) -> bool:
        return rights_of(user).allows(verb, case)

    return allowed


def barred(case: Any, person: User) -> bool:
    """回避: whether the case concerns the person, who then neither handles it nor sees it. `Case.barred` says whom."""
    return person.pk in case.barred


def unbarred(person: User, column: str = "barred") -> Q:
    """The condition on rows that `barred` does not hold. It is asked of each row that an index has found."""
    return ~Q(**{f"{column}__contains": [person.pk]})


def rights_of(user: User) -> "Rights":
    """The user's rights; one query on the first call for this instance, none after it."""
    if user.read_rights is None:
        user.read_rights = Rights(user)
    rights: Rights = user.read_rights
    return rights


@dataclass(frozen=True)
class Part:
    """What one or several memberships open of the legal entity.

    units  ids of units; None for all of the entity
    line   id of the one business line; None for all
    tips   True: tip-offs alone; False: all but tip-offs; None: both
    """

    units: frozenset[int] | None
    line: int | None
    tips: bool | None


class Rights:
    """The memberships in force of one person, and what follows from them."""

    def __init__(self, user: User, on: date | None = None, memberships: Iterable[Membership] | None = None) -> None:
        """memberships  those in force on the day with their units, where the caller has read them"""
        self.user = user
        self.is_system = user.username == User.SYSTEM
        self.legal_entity_id: int | None = user.legal_entity_id
        self.memberships = list(memberships or [])
        if memberships is None and user.is_active and not self.is_system:
            in_force = Membership.objects.filter(user=user).in_force(on)
            self.memberships = list(in_force.select_related("unit", "team").order_by("pk"))

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(membership.role for membership in self.memberships)

    @cached_property
    def is_program(self) -> bool:
        return Role.INTEGRATION in self.roles

    def has(self, verb: str) -> bool:
        """Whether the verb is open to the person anywhere at all."""
        return self.is_system or bool(self.roles & permissions().get(verb, {}).keys())

    def allows(self, verb: str, case: Any) -> bool:
        return self.is_system or self.allows_as(self.roles, verb, case)

    def allows_as(self, roles: Collection[str], verb: str, case: Any) -> bool:
        """Whether the person may use the verb on this case by one of the roles: a lead elsewhere is no lead here."""
        granted = permissions().get(verb, {})
        return any(
            self.stands(membership, granted[membership.role], case)
            for membership in self.memberships
            if membership.role in granted and membership.role in roles
        )

    def stands(self, membership: Membership, position: str, case: Any) -> bool:
        """Whether the case stands to the person in this position, by this one membership."""
        if self.legal_entity_id is None or self.legal_entity_id != case.legal_entity_id or barred(case, self.user):
            return False
        if membership.role == Role.INTEGRATION:
            return case.brought_by_id == self.user.pk
        if tips_of(membership.role) not in {None, case.nature == TIP_OFF}:
            return False
        if position in {OFFERED, ASKED}:  # what somebody is asked says the verb
            return position == ASKED or case.offered_to_id == self.user.pk
        if self.user.pk in {case.owner_id, case.offered_to_id}:
            return True  # whoever it was given to works on it, whatever its business line
        return self.lies_near(membership, position, case)

    @classmethod
    def lies_near(cls, membership: Membership, position: str, case: Any) -> bool:
        if membership.business_line_id not in {None, case.business_line_id}:
            return False
        if position == ABOVE and any(membership.unit_id in line[:-1] for line in lineages(case)):
            return True
        if position in {TEAM, ABOVE}:
            return cls.shares_queue(membership, case)
        return position == ALL or (position == UNIT and any(membership.unit_id in line for line in lineages(case)))

    @staticmethod
    def shares_queue(membership: Membership, case: Any) -> bool:
        if case.team_id is not None:
            return case.team_id == membership.team_id
        return (case.offered_unit_id or case.handling_unit_id) == membership.unit_id

    def leads(self, unit: Unit, roles: Collection[str], *, from_above: bool = False) -> bool:
        """Whether the person holds one of the roles at the unit or above it; from_above: only above it."""
        seats = [one.unit for one in self.memberships if one.role in roles and one.unit is not None and one.unit.path]
        return any(unit.path.startswith(seat.path) and not (from_above and seat == unit) for seat in seats)

    def reaches(self, case: Any) -> bool:
        """Whether the case exists for the person: it lies in their area, or they read cases and have a part in it."""
        if self.is_system or self.allows("view", case):
            return True
        has_part = self.user.pk in {case.owner_id, case.offered_to_id, case.first_receiver_id}
        inside = self.legal_entity_id == case.legal_entity_id and self.hears(case.nature)
        inside = inside and not barred(case, self.user)
        return has_part and inside and self.has("view")

    @property
    def sees_all(self) -> bool:
        """Whether everything written in the legal entity may be read: by its auditor."""
        return Role.COMPLIANCE_AUDITOR in self.roles

    def hears(self, nature: str) -> bool:
        """Tip-offs are heard of by `discipline` and by the auditor alone, the one they were given to included."""
        return nature != TIP_OFF or self.hears_tips

    @cached_property
    def hears_tips(self) -> bool:
        return self.is_system or any(tips_of(role) is not False for role in self.roles)

    def parts(self, verb: str = "view") -> list[Part]:
        """Where the verb is open to the person, by units and lines. One query, on first use, unless all units are.

        Not for programs: what they brought in is open to them, wherever it went.
        """
        granted = permissions().get(verb, {})
        opened: dict[tuple[int | None, bool | None], set[int] | None] = {}
        for membership in self.memberships:
            position = granted.get(membership.role)
            if position not in {UNIT, ALL} or membership.unit is None:
                continue
            units = None if position == ALL or at_root(membership) else self.subtrees[membership.unit.path]
            key = (membership.business_line_id, tips_of(membership.role))
            here = opened.setdefault(key, set())
            opened[key] = None if units is None or here is None else here | units
        return [
            Part(units if units is None else frozenset(units), line, tips)
            for (line, tips), units in without_doubles(opened).items()
        ]

    @cached_property
    def subtrees(self) -> dict[str, set[int]]:
        """path of the unit of a membership -> that unit and all below it."""
        paths = {membership.unit.path for membership in self.memberships if membership.unit and membership.unit.path}
        below = Q()
        for path in paths:  # an empty path would open every unit there is
            below |= Q(path__startswith=path)
        rows = Unit.objects.filter(below).values_list("pk", "path") if below else []
        found: dict[str, set[int]] = {"": set()}
        for top in paths:
            found[top] = {pk for pk, path in rows if path.startswith(top)}
        return found

    def reach(self, verb: str, roles: Collection[str] | None = None, *, own: bool = True) -> Q:
        """The condition on cases that `allows` (with roles: `allows_as`) puts to one case.

        own  False: leave out what is open only because it was given to the person
        """
        granted = permissions().get(verb, {})
        near = Q(pk__in=[])
        for membership in self.memberships:
            if membership.role in granted and (roles is None or membership.role in roles):
                near |= self.place(membership, granted[membership.role], own=own)
        return Q(legal_entity_id=self.legal_entity_id) & near & unbarred(self.user)

    def place(self, membership: Membership, position: str, *, own: bool) -> Q:
        """The condition that `stands` puts to one case."""
        if membership.role == Role.INTEGRATION:
            return Q(brought_by_id=self.user.pk)
        given = Q(owner_id=self.user.pk) | Q(offered_to_id=self.user.pk) if own else Q(pk__in=[])
        if position == OFFERED:
            near = Q(offered_to_id=self.user.pk)
        elif position == ASKED:
            near = Q(pk__isnull=False)
        elif position == OWN:
            near = given
        else:
            near = self.around(membership, position) | given
        return near & natures_of(membership.role)

    def around(self, membership: Membership, position: str) -> Q:
        """The condition that `lies_near` puts to one case."""
        line = line_of(membership)
        if position in {TEAM, ABOVE}:
            shared = reduce(or_, shared_queues(membership))
            return line & (shared | self.under(membership) if position == ABOVE else shared)
        if position == UNIT and not at_root(membership):
            return line & lying_in(self.subtree(membership))
        return line or Q(pk__isnull=False)

    def under(self, membership: Membership) -> Q:
        """The condition on cases that a unit below that of the membership handles or is offered."""
        if at_root(membership):
            elsewhere = ~Q(offered_unit_id=membership.unit_id) & Q(offered_unit_id__isnull=False)
            return ~Q(handling_unit_id=membership.unit_id) | elsewhere
        return lying_in(self.subtree(membership) - {membership.unit_id})

    def subtree(self, membership: Membership) -> set[int]:
        return self.subtrees[membership.unit.path] if membership.unit else set()

    def queue(self) -> Q:
        """The cases that `take_next` may give: exactly those the right to it reaches, so that none blocks the queue."""
        return self.reach("take_next", own=False)

    def queues(self) -> list[Q]:
        """The parts of `queue`, each read in order by an index of its own; a case may lie in two.

        Each says once where a case lies, and its unit or team tells the legal entity (a composite foreign key holds
        that): the planner multiplies the chances of what is said twice, took a queue of thousands for empty, and
        sorted it.
        """
        granted = permissions().get("take_next", {}).keys()
        return [
            unbarred(self.user) & natures_of(membership.role) & line_of(membership) & one
            for membership in self.memberships
            if membership.role in granted
            for one in shared_queues(membership)
        ]


def at_root(membership: Membership) -> bool:
    """Whether all units of the legal entity lie in or below that of the membership: none need be named."""
    return membership.unit is not None and membership.unit.is_root


def without_doubles(
    opened: dict[tuple[int | None, bool | None], set[int] | None],
) -> dict[tuple[int | None, bool | None], set[int] | None]:
    """Leave out of a line what is open for all lines anyway, and of some natures what is open for both."""
    kept: dict[tuple[int | None, bool | None], set[int] | None] = {}
    for (line, tips), units in opened.items():
        wider = {(None, tips), (line, None), (None, None)} & opened.keys() - {(line, tips)}
        if any(opened[key] is None for key in wider):
            continue
        rest = units if units is None else units.difference(*(opened[key] or () for key in wider))
        if rest is None or rest:
            kept[(line, tips)] = rest
    return kept
