"""What a person may do: memberships x permissions.yml. Read once a user instance, so once a request."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Q

from organization.models import Membership, Role, Unit, User

FILE = Path(__file__).with_name("permissions.yml")
OFFERED, OWN, TEAM, UNIT, ALL = "offered", "own", "team", "unit", "all"
# Whose whole legal entity is open to them.
EVERYWHERE = frozenset({Role.COMPLIANCE_AUDITOR})
# They keep the system and never read a case.
NOWHERE = frozenset({Role.ADMINISTRATOR, Role.INTEGRATION})


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


def rights_of(user: User) -> "Rights":
    """The user's rights; one query on the first call for this instance, none after it."""
    if user._rights is None:
        user._rights = Rights(user)
    return user._rights


class Rights:
    """The memberships in force of one person, and what follows from them."""

    def __init__(self, user: User, on: date | None = None) -> None:
        self.user = user
        self.is_system = user.username == User.SYSTEM
        self.memberships: list[Membership] = []
        if user.is_active and not self.is_system:
            in_force = Membership.objects.filter(user=user).in_force(on)
            self.memberships = list(in_force.select_related("unit").order_by("pk"))

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(membership.role for membership in self.memberships)

    @cached_property
    def legal_entity_id(self) -> int | None:
        """Of somebody who works in two legal entities, that of the widest role."""
        widest_first = sorted(self.memberships, key=lambda membership: membership.role not in EVERYWHERE)
        return next((membership.unit.legal_entity_id for membership in widest_first), None)

    @property
    def sees_all(self) -> bool:
        return bool(self.roles & EVERYWHERE)

    @cached_property
    def unit_ids(self) -> list[int]:
        """The units of the person's memberships and all below them. One query, on first use."""
        return self.subtree({m.unit.path for m in self.memberships if m.role not in NOWHERE})

    @cached_property
    def business_line_ids(self) -> list[int]:
        """Empty: all lines. A person is narrowed only when every membership names a line."""
        lines = [m.business_line_id for m in self.memberships if m.role not in NOWHERE]
        return [] if None in lines else [line for line in lines if line]

    @staticmethod
    def subtree(paths: Iterable[str]) -> list[int]:
        below = Q()
        for path in filter(None, paths):  # an empty path would open every unit there is
            below |= Q(path__startswith=path)
        return list(Unit.objects.filter(below).values_list("pk", flat=True)) if below else []

    def has(self, verb: str) -> bool:
        """Whether the verb is open to the person anywhere at all."""
        return self.is_system or bool(self.roles & permissions().get(verb, {}).keys())

    def allows(self, verb: str, case: Any) -> bool:
        if self.is_system:
            return True
        granted = permissions().get(verb, {})
        return any(
            self.stands(membership, granted[membership.role], case)
            for membership in self.memberships
            if membership.role in granted
        )

    def stands(self, membership: Membership, position: str, case: Any) -> bool:
        """Whether the case stands to the person in this position, by this one membership."""
        if membership.unit.legal_entity_id != case.legal_entity_id:
            return False
        if membership.role == Role.INTEGRATION:
            return case.brought_by_id == self.user.pk
        if position == OFFERED:
            return case.offered_to_id == self.user.pk
        if self.user.pk in {case.owner_id, case.offered_to_id}:
            return True  # whoever it was given to works on it, whatever its business line
        return self.lies_near(membership, position, case)

    @classmethod
    def lies_near(cls, membership: Membership, position: str, case: Any) -> bool:
        if membership.business_line_id not in {None, case.business_line_id}:
            return False
        if position == TEAM:
            return cls.shares_queue(membership, case)
        return position == ALL or (position == UNIT and membership.unit_id in case.handling_unit.lineage)

    @staticmethod
    def shares_queue(membership: Membership, case: Any) -> bool:
        if case.team_id is not None:
            return case.team_id == membership.team_id
        return case.handling_unit_id == membership.unit_id

    def queue(self) -> Q:
        """The cases that `take_next` may give: exactly those the right to it reaches, so that none blocks the queue."""
        shared = Q(pk__in=[])
        for membership in self.memberships:
            if membership.role in permissions()["take_next"]:
                near = Q(team=None, handling_unit_id=membership.unit_id)
                if membership.team_id:
                    near |= Q(team_id=membership.team_id)
                if membership.business_line_id:
                    near &= Q(business_line_id=membership.business_line_id)
                shared |= near
        return shared
