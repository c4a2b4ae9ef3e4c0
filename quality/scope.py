"""Whose figures somebody sees: some units, and of them some business lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q, QuerySet

from organization.models import ApiClient, Unit, User
from organization.rights import Part, rights_of
from organization.scope import across, condition, scoped
from sqm_site.errors import NotFound

# The columns of a row that has a case, for organization.scope.
OF_CASE = across("case")


class Place(NamedTuple):
    """A unit, as far as figures name it."""

    pk: int
    code: str
    name: str
    path: str
    legal_entity_id: int

    @property
    def lineage(self) -> tuple[int, ...]:
        """The ids from this unit up to the root."""
        return tuple(int(part) for part in reversed(self.path.split("/")) if part)


@dataclass(frozen=True)
class Scope:
    """units: by id, in the order of the tree; parts: which business lines of which of them."""

    units: Mapping[int, Place]
    parts: tuple[Part, ...] = (Part(None, None, None),)

    @property
    def narrowed(self) -> bool:
        """Whether some business lines are out of scope in some units."""
        return any(part.line is not None for part in self.parts)

    @property
    def lines(self) -> Q:
        """The condition on cells that are kept by business line: of each unit the lines in scope."""
        within = [condition(part, unit="unit_id", line="dimension", nature="") for part in self.parts]
        return reduce(or_, within) if all(within) else Q()

    def within(self, code: str) -> "Scope":
        """The part below one unit, itself included. Raises NotFound."""
        top = self.unit(code)
        below = {pk: place for pk, place in self.units.items() if place.path.startswith(top.path)}
        return Scope(below, self.parts)

    def unit(self, code: str) -> Place:
        """The unit with this code. Raises NotFound where it lies outside."""
        place = next((place for place in self.units.values() if place.code == code), None)
        if place is None:
            raise NotFound(what=code[:40])
        return place

    @cached_property
    def top(self) -> Place | None:
        """The unit under which all others lie, if there is one."""
        first = next(iter(self.units.values()), None)
        return first if first and all(place.path.startswith(first.path) for place in self.units.values()) else None

    def branch_of(self, unit_id: int) -> Place:
        """The unit directly below the top to which a unit belongs; the top itself for its own cases."""
        place, top = self.units[unit_id], self.top
        if top is None:
            return place
        parts = [int(part) for part in place.path.removeprefix(top.path).split("/") if part]
        return self.units[parts[0]] if parts else top


def scope_of(user: User, client: ApiClient | None = None) -> Scope:
    """What a person may see by their memberships, or an API client by its unit."""
    if client is not None:
        return Scope(places(Unit.objects.filter(path__startswith=client.unit.path)))
    units = places(scoped(Unit.objects.all(), user, verb="view_kpis", unit="pk", line="", nature="", barred=""))
    rights = rights_of(user)
    return Scope(units) if rights.is_system else Scope(units, tuple(rights.parts("view_kpis")))


def places(units: QuerySet[Unit]) -> dict[int, Place]:
    return {row[0]: Place(*row) for row in units.order_by("path").values_list(*Place._fields)}
