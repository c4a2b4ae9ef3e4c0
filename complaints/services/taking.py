"""领取: who has time takes the most urgent case of their queue."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from complaints.errors import NothingToTake
from complaints.locks import AT_HAND
from complaints.models import WAITING, Case, Offer, State
from complaints.verbs import ownership
from organization.models import User
from organization.rights import rights_of

MOST_URGENT = (F("next_due_at").asc(nulls_last=True), "pk")
HEAD = ("next_due_at", "pk", "place")


def waiting_for(actor: User) -> QuerySet[Case]:
    """What lies in the actor's queues, offered to nobody by name nor by the actor."""
    return waiting(actor).filter(rights_of(actor).queue())


def waiting(actor: User) -> QuerySet[Case]:
    named = Offer.objects.filter(case=OuterRef("pk"), ended_at=None, by_name=True)
    unclaimed = Q(state=State.RECEIVED) | ~Exists(named) & ~Q(owner=actor)
    return Case.objects.filter(unclaimed, state__in=WAITING)  # so the indexes say it


@transaction.atomic
def take_next(*, actor: User, at: datetime | None = None) -> Case:
    """The waiting case of the actor's queue with the earliest deadline becomes the actor's.

    Two people who take at once get two cases. Raises NothingToTake.
    """
    at = at or timezone.now()
    case = next(filter(None, map(locked, queues(actor))), None)
    if case is None:
        raise NothingToTake
    ownership.take_next.within(case, actor=actor, at=at)
    return case


def queues(actor: User) -> list[QuerySet[Case]]:
    """The actor's queues in which something waits, each most urgent first, the one with the most urgent case first.

    Each is read by an index of its own as far as its first case: one condition for all of them has no index.
    """
    found = [waiting(actor).filter(queue).order_by(*MOST_URGENT) for queue in rights_of(actor).queues()]
    heads = [queue.annotate(place=Value(place)).values_list(*HEAD)[:1] for place, queue in enumerate(found)]
    if not heads:
        return []
    waits = sorted(heads[0].union(*heads[1:], all=True), key=lambda head: (head[0] is None, *head))
    return [found[place] for _due, _pk, place in waits]


def locked(queue: QuerySet[Case]) -> Case | None:
    """The first case of a queue that nobody else is taking."""
    return queue.select_for_update(of=("self",), skip_locked=True).select_related(*AT_HAND).first()
