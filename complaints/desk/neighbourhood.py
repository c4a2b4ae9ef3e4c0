"""What leads from a case to others: of the same customer, linked with it, and next to it in the reader's queue."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case as Branch
from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum, Value, When, Window
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from complaints.dossier import Dossier
from complaints.models import Case, Link, Message
from complaints.services.merging import survivor_of
from complaints.services.titles import message_text
from organization.models import User
from organization.rights import rights_of
from organization.scope import area, wall

SHOWN = 5
PARTS = 50  # of a group complaint: whoever decides it sees who was told


@dataclass(frozen=True)
class Neighbourhood:
    """Rows that lead to other cases: the newest in the reader's area, how many more there, and how many outside it."""

    shown: list[Any] = field(default_factory=list)
    outside: int = 0
    more: int = 0


def others_of(case: Case, user: User) -> Neighbourhood:
    """The other cases of the same customer."""
    if case.customer_id is None:
        return Neighbourhood()
    rows = Case.objects.filter(customer_id=case.customer_id, legal_entity_id=case.legal_entity_id).exclude(pk=case.pk)
    return around(rows, area(user), "-received_at")


def links_of(dossier: Dossier, user: User) -> Neighbourhood:
    """The cases that belong with this one, as it says itself."""
    return of_links(dossier, user, [link for link in dossier.links if link.case == dossier.case])


def linked_from(dossier: Dossier, user: User) -> Neighbourhood:
    """The same as others say; a review of its decision is told apart."""
    from_others = [link for link in dossier.links if link.other == dossier.case]
    return of_links(dossier, user, [link for link in from_others if link.kind != Link.Kind.REVIEW_OF])


def of_links(dossier: Dossier, user: User, links: list[Link]) -> Neighbourhood:
    reaches = rights_of(user).reaches
    inside = [link for link in links if reaches(dossier.linked(link))]
    shown = inside[: PARTS if dossier.case.kind == Case.Kind.GROUP else SHOWN]
    return Neighbourhood(shown, len(links) - len(inside), len(inside) - len(shown))


@dataclass(frozen=True)
class Absorbed:
    """A case that is handled with another, and what its customer said: the page of the other one shows it.

    reached  whether the reader may open it, too
    """

    case: Case
    said: str
    reached: bool


def absorbed_in(dossier: Dossier, user: User) -> list[Absorbed]:
    if not dossier.absorbed:
        return []
    first = Message.objects.filter(case__in=dossier.absorbed).said_first()
    words = {row.case_id: message_text(row.feedback) for row in first}
    seen = Case.objects.reachable_by(user).filter(pk__in=words).values_list("pk", flat=True)
    reached = set(seen)
    return [Absorbed(case, words.get(case.pk, case.subject), case.pk in reached) for case in dossier.absorbed]


def merged_into(case: Case, user: User) -> Neighbourhood:
    """Of a merged case the one in which it is handled, through however many."""
    if case.merged is None:
        return Neighbourhood()
    found = survivor_of(case)
    return Neighbourhood([found]) if rights_of(user).reaches(found) else Neighbourhood(outside=1)


def reviewed_in(dossier: Dossier, user: User) -> Neighbourhood:
    """The review of the decision of this round; one that the reader does not reach is only said to be there."""
    review = dossier.review if dossier.round.notified_at is not None else None
    if review is None:
        return Neighbourhood()
    return Neighbourhood([review]) if rights_of(user).reaches(review) else Neighbourhood(outside=1)


def around(rows: QuerySet[Any], within: Q, order: str) -> Neighbourhood:
    """One statement for both: those inside first, each with the count of all and of those inside."""
    if not within:  # an empty area is everything
        return Neighbourhood(list(rows.order_by(order)[:SHOWN]))
    inside = Branch(When(within, then=1), default=0, output_field=IntegerField())
    counted = rows.annotate(inside=inside, seen=Window(Sum("inside")), every=Window(Count("pk")))
    found = list(counted.order_by("-inside", order)[:SHOWN])
    outside = found[0].every - found[0].seen if found else 0
    return Neighbourhood([row for row in found if row.inside], outside)


def neighbours(case: Case, user: User) -> tuple[str, str]:
    """The references before and after this case in the reader's own queue; keys K and J."""
    mine = Case.objects.open().filter(wall(user), owner=user).exclude(pk=case.pk)
    if case.next_due_at is None:
        before, after = (
            mine.filter(next_due_at__isnull=False).order_by("-next_due_at", "-pk"),
            mine.filter(next_due_at__isnull=True, pk__gt=case.pk).order_by("pk"),
        )
    else:
        here = (case.next_due_at, case.pk)
        order = Tuple(F("next_due_at"), F("pk"))
        before = mine.filter(TupleLessThan(order, here)).order_by("-next_due_at", "-pk")
        after = mine.filter(Q(TupleGreaterThan(order, here))).order_by("next_due_at", "pk")
    nearest = [
        rows.annotate(side=Value(side)).values_list("side", "reference")[:1]
        for side, rows in enumerate((before, after))
    ]
    found = dict(nearest[0].union(nearest[1]))
    return found.get(0, ""), found.get(1, "")
