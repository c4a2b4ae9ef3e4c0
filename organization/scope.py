"""Which rows a person sees: always one indexed column, never an OR over several."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from organization.models import Role, User
from organization.rights import rights_of

Rows = TypeVar("Rows", bound="QuerySet[Model]")
NOTHING = Q(pk__in=[])


def area(
    user: User,
    *,
    unit: str = "handling_unit_id",
    entity: str = "legal_entity_id",
    brought: str = "brought_by_id",
    line: str = "business_line_id",
) -> Q:
    """The condition under which a row lies in the user's area; the keywords name the columns of the rows."""
    rights = rights_of(user)
    if rights.is_system:
        return Q()
    if Role.INTEGRATION in rights.roles:
        return Q(**{brought: user.pk})
    if rights.sees_all:
        within = Q(**{entity: rights.legal_entity_id})
    elif rights.unit_ids:
        within = Q(**{f"{unit}__in": rights.unit_ids})
    else:
        return NOTHING
    return within & Q(**{f"{line}__in": rights.business_line_ids}) if line and rights.business_line_ids else within


def scope(queryset: Rows, user: User, **columns: str) -> Rows:
    """The rows of the queryset in the user's area. What is outside does not exist for them."""
    return queryset.filter(area(user, **columns))
