"""One search, as people mean it: the number of a case, who it is about, or words; what fits, and how far it looked.

The strongest that fits is what is meant: a reference or a part of it, then a customer, then words of any text.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from complaints.desk.numbers import numbered
from complaints.models import Case, CaseQuerySet
from complaints.models.words import is_common
from feedback.models import KEYS, Customer
from feedback.search import searched
from organization.models import User
from organization.rights import rights_of
from security.blind import TAIL_LENGTH, blind_index, phone_tail_index
from sqm_site.errors import Invalid

NUMBER, CUSTOMER, WORDS = "number", "customer", "words"
ANY_MOBILE = "1380000"  # the index of a tail is made from a whole number
LONGEST = 100  # characters
NEWEST = 10_000  # cases of the legal entity that are looked through for a common word, and at each step further


@dataclass(frozen=True)
class Search:
    """What was found, and where.

    by     NUMBER, CUSTOMER or WORDS; empty: nothing was searched for
    words  those that were searched for, to be marked
    since  of cases received before it nobody has looked at the texts; None: all were looked through
    """

    rows: CaseQuerySet
    by: str = ""
    words: list[str] = field(default_factory=list)
    since: datetime | None = None


def search(user: User, rows: CaseQuerySet, typed: str, *, by: str = "", steps: int = 1) -> Search:
    """Narrow `rows` to what was typed.

    by     WORDS: only there
    steps  how many times NEWEST cases are looked through, where a word is common
    """
    typed = typed.strip()[:LONGEST]
    if not typed:
        return Search(rows)
    inside = rows.visible_to(user)
    if by != WORDS:
        wanted = numbered(typed, timezone.localdate())
        if wanted and inside.filter(wanted).exists():
            return Search(rows.filter(wanted), NUMBER)
        known = customers(user, typed)
        if known and inside.filter(customer__in=known).exists():
            return Search(rows.filter(customer__in=known), CUSTOMER)
    return saying(user, rows, searched(typed), steps)


def saying(user: User, rows: CaseQuerySet, words: list[str], steps: int) -> Search:
    if not words:
        return Search(rows.none(), WORDS)
    entity, since = rights_of(user).legal_entity_id, None
    if any(map(is_common, words)):
        since = horizon(entity, steps)
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    return Search(rows.saying(" ".join(words), entity=entity), WORDS, words, since)


def horizon(entity: int | None, steps: int) -> datetime | None:
    """When the last of so many newest cases came in; None where there are no more. One look into an index."""
    newest = Case.objects.filter(legal_entity_id=entity).order_by("-received_at", "-pk").values_list("received_at")
    last = newest[NEWEST * steps : NEWEST * steps + 1]
    return last[0][0] if last else None


def customers(user: User, typed: str) -> list[int]:
    """The customers of the legal entity with this name, number or address, or a phone that ends so; ids."""
    wanted = Q(pk__in=[])
    for index, value in keys_of(typed):
        wanted |= Q(**{index: value})
    known = Customer.objects.filter(wanted, legal_entity_id=rights_of(user).legal_entity_id)
    return list(known.values_list("pk", flat=True)[:NEWEST])


def keys_of(typed: str) -> Iterator[tuple[str, str]]:
    """What the typed could be: (indexed column, value)."""
    if len(typed) == TAIL_LENGTH and is_digits(typed):
        yield "phone_tail_index", phone_tail_index(ANY_MOBILE + typed)
    for key in (*KEYS, "name"):
        with suppress(Invalid):
            yield f"{key}_index", blind_index(key, typed)


def is_digits(typed: str) -> bool:
    return typed.isascii() and typed.isdigit()


def owned_and_open_first(rows: list[Case], user: User) -> list[Case]:
    """One's own open cases, then the other open ones; as they were within each."""
    return sorted(rows, key=lambda case: (not case.is_open or case.owner_id != user.pk, not case.is_open))
