"""One search, as people mean it: the number of a case, who it is about, or words; what fits, and how far it looked.

The strongest that fits is what is meant: a reference or a part of it, then a customer, then words of any text.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from complaints.desk.numbers import numbered
from complaints.desk.rows import AreaPages, CasePages, PagesForPeople, listed
from complaints.looking import Near
from complaints.models import Case, CaseQuerySet, Representative
from complaints.models.words import NEWEST, is_common
from feedback.models import KEYS, Customer
from feedback.search import searched
from organization.models import Unit, User
from organization.rights import rights_of
from security.blind import TAIL_LENGTH, blind_index, phone_tail_index
from sqm_site.errors import Invalid

NUMBER, CUSTOMER, WORDS = "number", "customer", "words"
ANY_MOBILE = "1380000"  # the index of a tail is made from a whole number
LONGEST = 100  # characters
FOUND = 1_000  # cases, the newest that fit, of which a page shows the first; at each step further so many more
BEARERS = 10_000  # customers of one name, or whose phones end alike


@dataclass(frozen=True)
class Search:
    """What was found, and where.

    by     NUMBER, CUSTOMER or WORDS; empty: nothing was searched for
    words  those that were searched for, to be marked
    since  what came in before it is left out; None: nothing is
    more   how many fit, where those before `since` fit as well; 0: nobody has looked at them
    found  `rows` are few, and in the user's area; else they are the condition alone
    """

    rows: CaseQuerySet
    by: str = ""
    words: list[str] = field(default_factory=list)
    since: datetime | None = None
    more: int = 0
    found: bool = False

    def pages(self, user: User, near: Near | None = None) -> tuple[PagesForPeople, QuerySet[Case]]:
        """How to page through it, and what to page through.

        near  among which cases one page looks, where no search decides
        """
        if self.found:
            return CasePages(), listed(self.rows)
        pages = AreaPages(user, listed(Case.objects.all()))
        pages.near = near
        return pages, self.rows


def search(user: User, rows: CaseQuerySet, typed: str, *, by: str = "", steps: int = 1) -> Search:
    """Narrow `rows` to what was typed.

    by     WORDS: only there
    steps  how many times FOUND cases are shown, and NEWEST ones looked through where all words are common
    """
    typed = typed.strip()[:LONGEST]
    if not typed:
        return Search(rows)
    if by != WORDS:
        found = by_number(user, rows, typed, steps) or by_customer(user, rows, typed, steps)
        if found:
            return found
    return saying(user, rows, searched(typed), steps)


def by_number(user: User, rows: CaseQuerySet, typed: str, steps: int) -> Search | None:
    wanted = numbered(typed, timezone.localdate())
    return newest(rows.visible_to(user).filter(wanted), NUMBER, steps) if wanted else None


def by_customer(user: User, rows: CaseQuerySet, typed: str, steps: int) -> Search | None:
    known, spoken_for = customers(user, typed), represented_by(user, typed)
    fitting = rows.visible_to(user).filter(Q(customer__in=known) | Q(pk__in=spoken_for))
    return newest(fitting, CUSTOMER, steps) if known or spoken_for else None


def saying(user: User, rows: CaseQuerySet, words: list[str], steps: int) -> Search:
    """By the index where it names few cases; where each word is common, from the newest case on, down to a day."""
    if not words:
        return Search(rows.none(), WORDS)
    entity = rights_of(user).legal_entity_id
    if not all(map(is_common, words)):
        fitting = rows.visible_to(user).saying(" ".join(words), entity=entity)
        return newest(fitting, WORDS, steps, words) or Search(rows.none(), WORDS, words)
    since = horizon(user, NEWEST * steps)
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    return Search(rows.saying(" ".join(words), entity=entity), WORDS, words, since)


def horizon(user: User, most: int) -> datetime | None:
    """Since when no more than `most` cases of the user's area came in; None where there are no more at all.

    Of several units the one that reaches back least decides, by its share of them. One look into an index for each.
    """
    rights = rights_of(user)
    since = Case.objects.filter(legal_entity_id=rights.legal_entity_id).reaching_back(most)
    units = frozenset[int]()
    for part in rights.parts():
        if part.units is None or since is None:
            return since
        units |= part.units
    share = most // max(len(units), 1)
    here = Case.objects.filter(handling_unit=OuterRef("pk")).order_by("-received_at", "-pk").values("received_at")
    each = Unit.objects.filter(pk__in=units).annotate(since=Subquery(here[share : share + 1]))
    last = each.aggregate(last=Max("since"))["last"]
    return None if last is None else min(since, last)


def newest(fitting: CaseQuerySet, by: str, steps: int, words: list[str] | None = None) -> Search | None:
    """The newest that fit, by their ids; None where nothing does.

    They are sorted here: a planner that is told to find the first thousand in order reads all cases for them.
    """
    keys = sorted(fitting.order_by().values_list("received_at", "pk"), reverse=True)
    if not keys:
        return None
    most = FOUND * steps
    since, more = (keys[most - 1][0], most) if len(keys) > most else (None, 0)
    rows = Case.objects.filter(pk__in=[pk for _at, pk in keys[:most]])
    return Search(rows, by, words or [], since, more, found=True)


def customers(user: User, typed: str) -> list[int]:
    """The customers of the legal entity with this name, number or address, or a phone that ends so; ids."""
    wanted = Q(pk__in=[])
    for index, value in keys_of(typed):
        wanted |= Q(**{index: value})
    known = Customer.objects.filter(wanted, legal_entity_id=rights_of(user).legal_entity_id)
    return list(known.values_list("pk", flat=True)[:BEARERS])


def represented_by(user: User, typed: str) -> list[int]:
    """The cases in which whoever has this telephone speaks for the complainant, or did; ids."""
    with suppress(Invalid):
        rows = Representative.objects.filter(phone_index=blind_index("phone", typed)).exclude(phone_index="")
        mine = rows.filter(case__legal_entity_id=rights_of(user).legal_entity_id)
        return list(mine.values_list("case", flat=True)[:BEARERS])
    return []


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
