"""How far one page of a list looks for what few cases have: through so many of them, and it says where it stopped.

A filter that an index serves finds what fits at once. For any other the cases are read in the order of the list, and
where none fits that would be all there are. So a page ends after LOOK_THROUGH of them, short or empty, and the next one
goes on from there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual, TupleLessThanOrEqual

from complaints.models import Case
from sqm_site.pagination import Key

LOOK_THROUGH = 50_000  # cases that one page looks through
FIRST_LOOK = 1_000  # of these, at first: for most filters that is enough, and to count so many costs nothing


@dataclass(frozen=True)
class Near:
    """The cases among which a list looks: all that an index leads to, whatever the other filters choose of them.

    wide    read by an index of the whole legal entity
    narrow  read by that of a unit, or of what an account brought in
    """

    wide: QuerySet[Case]
    narrow: QuerySet[Case]


def is_falling(part: QuerySet[Any]) -> bool:
    """Whether the first column of its order falls."""
    return str(part.query.order_by[0]).startswith("-")


def up_to(part: QuerySet[Any], far: Key | None, key: str) -> QuerySet[Any]:
    """The rows of an ordered list as far as one of them, itself included."""
    if far is None:
        return part
    beyond = TupleGreaterThanOrEqual if is_falling(part) else TupleLessThanOrEqual
    pk, value = far
    if value is None:  # all of this list have none
        return part.filter(**{"pk__gte" if is_falling(part) else "pk__lte": pk})
    return part.filter(beyond(Tuple(F(key), F("pk")), (value, pk)))


def place_of(key: Key) -> tuple[Any, int]:
    pk, value = key
    return value, pk


def first_of(keys: Iterable[Key | None], *, falling: bool) -> Key | None:
    """The one that comes first in the list; None: there is no end to any of them."""
    ends = sorted((key for key in keys if key is not None), key=place_of, reverse=falling)
    return ends[0] if ends else None


def last_of(one: Key | None, other: Key | None, *, falling: bool) -> Key | None:
    """The one that comes later in the list; None, no end, is later than any."""
    if one is None or other is None:
        return None
    return sorted((one, other), key=place_of, reverse=falling)[-1]
