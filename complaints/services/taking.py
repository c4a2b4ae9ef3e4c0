"""领取: who has time takes the most urgent case of their queue."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from complaints.act import AT_HAND
from complaints.errors import NothingToTake
from complaints.models import Case, Offer, State
from complaints.verbs import ownership
from organization.models import User
from organization.rights import rights_of


def waiting_for(actor: User) -> QuerySet[Case]:
    """What lies in the actor's queues, offered to nobody by name nor by the actor."""
    named = Offer.objects.filter(case=OuterRef("pk"), ended_at=None, by_name=True)
    waiting = Q(state=State.RECEIVED) | Q(state=State.ASSIGNED) & ~Exists(named) & ~Q(owner=actor)
    return Case.objects.filter(waiting, rights_of(actor).queue())


@transaction.atomic
def take_next(*, actor: User, at: datetime | None = None) -> Case:
    """The waiting case of the actor's queue with the earliest deadline becomes the actor's.

    Two people who take at once get two cases. Raises NothingToTake.
    """
    at = at or timezone.now()
    case = (
        waiting_for(actor)
        .order_by(F("next_due_at").asc(nulls_last=True), "pk")
        .select_for_update(of=("self",), skip_locked=True)
        .select_related(*AT_HAND)
        .first()
    )
    if case is None:
        raise NothingToTake
    ownership.take_next.within(case, actor=actor, at=at)
    return case
