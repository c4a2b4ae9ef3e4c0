"""How many rows several lists of one reader have: one statement, written once and kept.

To write it takes Django three times as long as PostgreSQL takes to answer, and it hangs on the reader's rights alone.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet, Value
from django.utils import timezone

from organization.models import User
from organization.scope import footing
from sqm_site.remembering import Memory

COUNTED = 100  # "99+" beyond, so that counting never reads more
BY_LIST = "SELECT list, count(*) FROM ({}) AS found GROUP BY list"
SOME_MOMENT = datetime.min.replace(tzinfo=UTC)  # stands where the moment of the request goes

Rows = Callable[[User, datetime], QuerySet[Any]]


class Statement(NamedTuple):
    """values  with SOME_MOMENT for the moment"""

    sql: str
    values: tuple[Any, ...]


KEPT: Memory[Statement] = Memory(3_600, most=256)


def counts_of(lists: Mapping[str, Rows], user: User, at: datetime) -> Counter[str]:
    """By the name of the list how many rows it has, cut at COUNTED."""
    key = (timezone.localdate(), footing(user), *lists)  # who is whose colleague hangs on the day
    kept = KEPT.get(key, lambda: written(lists, user))
    assert kept is not None
    with connection.cursor() as cursor:
        cursor.execute(kept.sql, [at if value == SOME_MOMENT else value for value in kept.values])
        return Counter(dict(cursor.fetchall()))


def written(lists: Mapping[str, Rows], user: User) -> Statement:
    """The statement. Raises ValueError for a list that asks for another moment than the one it is given."""
    first, *others = (
        rows(user, SOME_MOMENT).order_by().annotate(list=Value(name)).values_list("list")[:COUNTED]
        for name, rows in lists.items()
    )
    sql, values = first.union(*others, all=True).query.sql_with_params()
    if any(isinstance(value, datetime) and value != SOME_MOMENT for value in values):
        raise ValueError("A list that is counted may compare with the moment it is given, and with no other.")
    return Statement(BY_LIST.format(sql), tuple(values))


def counted_words(count: int) -> str:
    return f"{COUNTED - 1}+" if count >= COUNTED else str(count)
