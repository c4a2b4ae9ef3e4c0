"""What is due next, soonest first, a page at a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from complaints.models import Case, Clock
from organization.models import User
from organization.scope import holds_all
from quality.deadlines import in_units, running, running_cases_for, running_clocks_for
from sqm_site.pagination import Key, KeysFirst

SPARE = 16  # deadlines that a first look finds beside those of a page: some concern the reader, or another legal entity


def upcoming(start: datetime, end: datetime, basis: str = "") -> QuerySet[Clock]:
    """The running deadlines from one moment to before another, whosoever; what somebody sees of them: `Soonest`."""
    return running(basis).filter(due_at__gte=start, due_at__lt=end)


class Soonest(KeysFirst):
    """Pages of the deadlines in somebody's sight. The queryset to page through is that of `upcoming`.

    The planner takes what runs for a hundredth of what it is, and would sort all of it for the first fifty. So whoever
    sees all of the legal entity gets a page from a look at about as many. For the others the deadlines are joined with
    their cases, of which the earliest lies before the end, too.

    end    of what is paged through
    units  ids of the units whose cases are told; None: all in sight
    """

    def __init__(self, user: User, end: datetime, units: Collection[int] | None = None) -> None:
        super().__init__(Clock.objects.select_related("case__handling_unit", "case__owner"))
        self.user, self.end, self.units = user, end, units
        self.key = Clock._meta.get_field("due_at")

    def first(self, clocks: QuerySet[Clock], limit: int) -> list[Clock]:
        """The first ones, where there is no page to go on to."""
        return self.take(clocks.order_by("due_at", "pk"), limit)

    def keys(self, part: QuerySet[Any], limit: int) -> list[Key]:
        found = self.first_look(part, limit) if holds_all(self.user) else None
        if found is None:
            clocks = running_clocks_for(part.filter(case__next_due_at__lt=self.end), self.user)
            found = super().keys(clocks.filter(self.inside("case__handling_unit_id")), limit)
        return found

    def first_look(self, part: QuerySet[Any], limit: int) -> list[Key] | None:
        """The keys of a page, if they stand among the very first of everybody's."""
        first = list(part.values_list("pk", "due_at", "case")[: limit + SPARE])
        seen = running_cases_for(Case.objects.filter(pk__in={case for _pk, _due, case in first}), self.user)
        cases = set(seen.filter(self.inside("handling_unit_id")).values_list("pk", flat=True))
        found = [(pk, due_at) for pk, due_at, case in first if case in cases][:limit]
        return found if len(found) == limit or len(first) < limit + SPARE else None

    def inside(self, column: str) -> Q:
        return Q() if self.units is None else in_units(self.units, self.user, column)
