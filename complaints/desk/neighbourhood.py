"""What leads from a case to others: those of the same customer, and those it is linked with."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from complaints.models import Case
from organization.models import User
from organization.scope import across, area, scoped

SHOWN = 5


@dataclass(frozen=True)
class Neighbourhood:
    """Rows that lead to other cases: the newest in the reader's area, and how many there are outside it."""

    shown: list[Any] = field(default_factory=list)
    outside: int = 0


def others_of(case: Case, user: User) -> Neighbourhood:
    """The other cases of the same customer."""
    if case.customer_id is None:
        return Neighbourhood()
    rows = Case.objects.filter(customer_id=case.customer_id, legal_entity_id=case.legal_entity_id).exclude(pk=case.pk)
    shown = rows.visible_to(user).only("reference", "subject", "state").order_by("-received_at")
    return Neighbourhood(list(shown[:SHOWN]), outside(rows, area(user)))


def links_of(case: Case, user: User) -> Neighbourhood:
    """The cases that belong with this one."""
    rows, columns = case.links.all(), across("other")
    shown = scoped(rows, user, **columns).select_related("other")
    return Neighbourhood(list(shown[:SHOWN]), outside(rows, area(user, **columns)))


def outside(rows: QuerySet[Any], within: Q) -> int:
    """How many of the rows lie outside an area; an empty area is everything."""
    if not within:
        return 0
    counts = rows.aggregate(every=Count("pk"), seen=Count("pk", filter=within))
    return int(counts["every"] - counts["seen"])
