"""在手: how much each person has in hand."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Min, Q
from django.utils import timezone

from complaints.models import Case
from organization.models import Membership, User


class Load(NamedTuple):
    """Open cases of one person; of those due, today and in time, and overdue. A smaller one is less work."""

    in_hand: int = 0
    due_today: int = 0
    overdue: int = 0


class Lying(NamedTuple):
    """Open cases of somebody who is away, and the earliest deadline of them."""

    cases: int = 0
    due_at: datetime | None = None


def lying_with(people: Collection[int], *, within: Q) -> dict[int, Lying]:
    """What lies with these people by id, of who has anything in hand. One statement. within: the cases that count"""
    rows = Case.objects.filter(within, owner__in=people).open().order_by().values_list("owner")
    counted = rows.annotate(cases=Count("pk"), due_at=Min("next_due_at"))
    return {owner: Lying(*told) for owner, *told in counted}


def most_in_hand(memberships: Iterable[Membership]) -> int | None:
    """How many open cases somebody with these roles may have and take another: what the strictest of their teams says.

    None: as many as they like. The roles with their teams.
    """
    limits = [role.team.most_in_hand for role in memberships if role.team is not None]
    return min((limit for limit in limits if limit is not None), default=None)


def in_hand(person: User) -> int:
    return Case.objects.filter(owner=person).open().count()


def loads_of(people: Collection[int], *, at: datetime, within: Q | None = None) -> dict[int, Load]:
    """The loads of these people by id, of who has anything in hand. One statement; it reads their open cases only.

    within  the cases that count; default: all
    """
    tomorrow = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    overdue = Q(next_due_at__lt=at)
    rows = Case.objects.filter(within or Q(), owner__in=people).open().order_by().values_list("owner")
    counted = rows.annotate(
        in_hand=Count("pk"),
        due_today=Count("pk", filter=~overdue & Q(next_due_at__lt=tomorrow)),
        overdue=Count("pk", filter=overdue),
    )
    return {owner: Load(*counts) for owner, *counts in counted}
