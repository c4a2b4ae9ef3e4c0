"""Which rows a person sees: those of their legal entity, and of them what their memberships open."""

from collections.abc import Hashable
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from organization.models import User
from organization.places import TIP_OFF
from organization.rights import Part, at_root, rights_of, unbarred

Rows = TypeVar("Rows", bound="QuerySet[Model]")
NOTHING = Q(pk__in=[])


def across(relation: str) -> dict[str, str]:
    """The columns of `area` for rows that have a case: across("case")."""
    return {
        "unit": f"{relation}__handling_unit_id",
        "entity": f"{relation}__legal_entity_id",
        "brought": f"{relation}__brought_by_id",
        "line": f"{relation}__business_line_id",
        "nature": f"{relation}__nature",
        "barred": f"{relation}__barred",
    }


def area(
    user: User,
    *,
    verb: str = "view",
    unit: str = "handling_unit_id",
    entity: str = "legal_entity_id",
    brought: str = "brought_by_id",
    line: str = "business_line_id",
    nature: str = "nature",
    barred: str = "barred",
) -> Q:
    """The condition under which a row lies where the verb is open to the user, and does not concern them (回避).

    The other keywords name the columns of the rows; empty: they have none.
    """
    rights = rights_of(user)
    if rights.is_system:
        return Q()
    if rights.legal_entity_id is None or not rights.has(verb):
        return NOTHING
    around = Q(**{entity: rights.legal_entity_id})
    if rights.is_program:
        return around & Q(**{brought: user.pk})
    parts = rights.parts(verb)
    if not parts:
        return NOTHING
    if barred:
        around &= unbarred(user, barred)
    within = [condition(part, unit, line, nature) for part in parts]
    return around & reduce(or_, within) if all(within) else around


def wall(user: User) -> Q:
    """The condition on cases that somebody may have a part in, for whoever is not the system.

    A part in a case outlasts the role it came with; whoever has no role left that reads cases has it no more.
    """
    rights = rights_of(user)
    if not rights.has("view"):
        return NOTHING
    within = Q(legal_entity_id=rights.legal_entity_id) & unbarred(user)
    return within if rights.hears_tips else within & ~Q(nature=TIP_OFF)


def holds_all(user: User) -> bool:
    """Whether the area of somebody is all that their wall leaves: whatever they may have a part in lies in it."""
    rights = rights_of(user)
    whole = [part.tips for part in rights.parts() if part.units is None and part.line is None]
    return None in whole or bool(whole and not rights.hears_tips)


def footing(user: User) -> tuple[Hashable, ...]:
    """All that the conditions on rows are made of for somebody: where it is the same, they are."""
    rights = rights_of(user)
    places = (
        (one.role, one.unit_id, one.team_id, one.business_line_id, at_root(one) or frozenset(rights.subtree(one)))
        for one in rights.memberships
    )
    return (user.pk, rights.is_system, rights.legal_entity_id, *places)


def condition(part: Part, unit: str = "handling_unit_id", line: str = "business_line_id", nature: str = "nature") -> Q:
    """The condition of one part, inside the wall."""
    within = Q() if part.units is None else Q(**{f"{unit}__in": sorted(part.units)})
    if line and part.line is not None:
        within &= Q(**{line: part.line})
    if nature and part.tips is not None:
        within &= Q(**{nature: TIP_OFF}) if part.tips else ~Q(**{nature: TIP_OFF})
    return within


def scoped(queryset: Rows, user: User, *, verb: str = "view", **columns: str) -> Rows:
    """The rows of the queryset in the user's area. What is outside does not exist for them."""
    return queryset.filter(area(user, verb=verb, **columns))
