"""Who works beside whom: the members of a team, or, where none is formed, those who handle cases in a unit."""

from django.db.models import Q, QuerySet

from organization.models import Membership, Role, User
from organization.rights import rights_of

HANDLING = (Role.HANDLER, Role.TEAM_LEAD)


def teammates(person: User) -> set[int]:
    """Ids of the person and of everybody in the same team; who supervises a unit stands beside nobody in it."""
    return {person.pk, *beside(person).values_list("user_id", flat=True)}


def beside(person: User) -> QuerySet[Membership]:
    """The same as memberships in force, for a condition on many rows."""
    held = rights_of(person).memberships
    teams = {one.team_id for one in held if one.team_id}
    units = {one.unit_id for one in held if one.team_id is None and one.role in HANDLING}
    shared = Q(team__in=teams) | Q(team=None, unit__in=units, role__in=HANDLING)
    return Membership.objects.in_force().filter(shared)
