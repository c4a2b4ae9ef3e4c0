"""How much redress a person may give without a second one."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from complaints.models import Case, RedressLimit
from organization.models import Role, User
from organization.rights import rights_of

# What `setup` lays down for the group, in yuan; an institution enters its own.
DEFAULTS = {Role.HANDLER: Decimal(500), Role.TEAM_LEAD: Decimal(2000)}


def limit_of(actor: User, case: Case, at: datetime) -> Decimal:
    """The most that any role of the actor may give on a day; of a role the institution's own row before the group's.

    Nothing entered for their roles: nothing. Unit: yuan.
    """
    day, limits = timezone.localdate(at), {}
    rows = RedressLimit.objects.filter(role__in=rights_of(actor).roles, effective_from__lte=day)
    rows = rows.filter(legal_entity_id=case.legal_entity_id) | rows.filter(legal_entity=None)
    for row in rows.order_by("effective_from"):
        limits[row.role, row.legal_entity_id] = row.amount
    own = {role: amount for (role, entity), amount in limits.items() if entity is not None}
    group = {role: amount for (role, entity), amount in limits.items() if entity is None}
    return max((group | own).values(), default=Decimal(0))


def setup_redress() -> int:
    """Lay down the group's limits where it has none. Returns how many rows are new."""
    ever = datetime(2020, 1, 1, tzinfo=timezone.get_current_timezone()).date()
    made = [
        RedressLimit.objects.get_or_create(
            role=role, legal_entity=None, defaults={"amount": amount, "effective_from": ever}
        )[1]
        for role, amount in DEFAULTS.items()
    ]
    return sum(made)
