"""Who has the case: assign, transfer, accept, refuse, start, take the next."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from complaints.errors import NothingToTake
from complaints.models import Case, State
from complaints.services import clocks
from complaints.services.moving import Words, move, verb
from complaints.services.routing import Target, dispatcher_of, resolve
from complaints.services.telling import tell, tell_first_receiver
from organization.models import User
from organization.rights import rights_of


@verb
def assign(
    case: Case, *, actor: User, at: datetime, unit: str = "", to: str = "", team: str = "", reason: str = ""
) -> None:
    """Offer the case to a person, or to a unit's queue. The owner stays responsible until somebody accepts.

    unit, to, team  codes and names: unit code, user name, team name
    """
    _offer("assign", case, resolve(case, unit=unit, to=to, team=team), actor=actor, at=at, reason=reason)


@verb
def transfer(
    case: Case, *, actor: User, at: datetime, reason: str, unit: str = "", to: str = "", team: str = ""
) -> None:
    """The owner offers the case to somebody else, with a reason."""
    _offer("transfer", case, resolve(case, unit=unit, to=to, team=team), actor=actor, at=at, reason=reason)


@verb
def accept(case: Case, *, actor: User, at: datetime) -> None:
    """签收: the person it was offered to becomes the owner, and the sign-off clock stops."""
    sender = case.owner
    move(case, "accept", actor=actor, at=at, details={"from": case.owner_id}, clocks=clocks.in_hand, person=actor)
    if sender is not None and sender.pk != case.first_receiver_id:
        tell(sender, "first_receiver", case, at=at, key=f"accepted:{case.pk}:{case.event_count}", verb="accept")
    tell_first_receiver(case, "accept", actor=actor, at=at)


@verb
def refuse(case: Case, *, actor: User, at: datetime, reason: str) -> None:
    """退单: back to where it was offered from. A second refusal goes to the dispatcher and is the last."""
    move(case, "refuse", actor=actor, at=at, words=[Words("reason", reason)], details={"refusals": case.refusals + 1})
    hears = case.owner if case.refusals < 2 else dispatcher_of(case, at=at)
    tell(hears, "refused", case, at=at, key=f"refused:{case.pk}:{case.event_count}")


@verb
def start(case: Case, *, actor: User, at: datetime) -> None:
    """The owner begins with a case that lies at the complaint post."""
    move(case, "start", actor=actor, at=at, clocks=clocks.stop_sign_off)


@transaction.atomic
def take_next(*, actor: User, at: datetime | None = None) -> Case:
    """领取: the waiting case of the actor's queue with the earliest deadline becomes the actor's.

    Two people who take at once get two cases. Raises NothingToTake.
    """
    at = at or timezone.now()
    waiting = Q(state=State.RECEIVED) | Q(state=State.ASSIGNED, offered_to=None)
    case = (
        Case.objects.filter(waiting, rights_of(actor).queue())
        .exclude(named_staff__contains=[actor.username])
        .order_by(F("next_due_at").asc(nulls_last=True), "pk")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if case is None:
        raise NothingToTake
    take(case, actor=actor, at=at)
    return case


def take(case: Case, *, actor: User, at: datetime) -> None:
    move(
        case,
        "take_next",
        actor=actor,
        at=at,
        details={"from": case.owner_id},
        clocks=clocks.in_hand,
        person=actor,
    )
    tell_first_receiver(case, "take_next", actor=actor, at=at)


def _offer(name: str, case: Case, target: Target, *, actor: User, at: datetime, reason: str) -> None:
    move(
        case,
        name,
        actor=actor,
        at=at,
        words=[Words("reason", reason)],
        details={"unit": target.unit.pk, "to": target.person.pk if target.person else None},
        to=target.person,
        unit=target.unit,
        team=target.team,
    )
    hears = target.person or target.post(at)
    tell(hears, "offer", case, at=at, key=f"offer:{case.pk}:{case.event_count}")
    tell_first_receiver(case, name, actor=actor, at=at)
