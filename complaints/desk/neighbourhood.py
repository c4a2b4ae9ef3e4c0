"""What leads from a case to others: those of the same customer, and those it is linked with."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case as Branch
from django.db.models import Count, IntegerField, Q, QuerySet, Sum, When, Window

from complaints.models import Case
from organization.models import User
from organization.scope import across, area

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
    return around(rows.only("reference", "subject", "state"), area(user), "-received_at")


def links_of(case: Case, user: User) -> Neighbourhood:
    """The cases that belong with this one."""
    return around(case.links.select_related("other"), area(user, **across("other")), "pk")


def around(rows: QuerySet[Any], within: Q, order: str) -> Neighbourhood:
    """One statement for both: those inside first, each with the count of all and of those inside."""
    if not within:  # an empty area is everything
        return Neighbourhood(list(rows.order_by(order)[:SHOWN]))
    inside = Branch(When(within, then=1), default=0, output_field=IntegerField())
    counted = rows.annotate(inside=inside, seen=Window(Sum("inside")), every=Window(Count("pk")))
    found = list(counted.order_by("-inside", order)[:SHOWN])
    outside = found[0].every - found[0].seen if found else 0
    return Neighbourhood([row for row in found if row.inside], outside)
