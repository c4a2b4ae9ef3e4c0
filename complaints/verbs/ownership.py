"""Who has the case: assign, transfer, accept, refuse, start, take."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import NamedInTheComplaint
from complaints.fields import Form, Nothing, Reason, line, optional, prose
from complaints.models import State
from complaints.services.routing import dispatcher_of, is_named, resolve
from complaints.standing import Offer
from complaints.verb import BUTTON, Given, out_of_turn, verb
from organization.models import User
from sla import services as sla
from sqm_site.errors import DomainError

REFUSE_WITHIN = 240  # working minutes
MOST_REFUSALS = 2


class Assign(Form):
    unit = optional(line, gettext_lazy("Unit code"))
    team = optional(line, gettext_lazy("Team"))
    to = optional(line, gettext_lazy("User name"))
    reason = optional(prose, gettext_lazy("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "unit": dossier.case.handling_unit.code}


class Transfer(Assign):
    reason = prose(gettext_lazy("Reason"))


@verb(Assign, pgettext("verb", "Assign"), place=BUTTON)
def assign(act: Act, *, unit: str = "", to: str = "", team: str = "", reason: str = "") -> None:
    """Offer the case to a person, or to a unit's queue. The owner stays responsible until somebody accepts.

    unit, to, team  codes and names: unit code, user name, team name
    Raises Invalid for what names nobody.
    """
    offer(act, unit=unit, to=to, team=team, reason=reason)


@verb(Transfer, pgettext("verb", "Transfer"), place=BUTTON)
def transfer(act: Act, *, reason: str, unit: str = "", to: str = "", team: str = "") -> None:
    """The owner offers the case to somebody else, with a reason."""
    offer(act, unit=unit, to=to, team=team, reason=reason)


def offer(act: Act, *, unit: str, to: str, team: str, reason: str) -> None:
    case = act.case
    target = resolve(case, unit=unit, to=to, team=team)
    from_unit = case.handling_unit
    act.says("reason", reason)
    act.notes(unit=target.unit.pk, to=target.person.pk if target.person else None)
    act.move(handling_unit=target.unit, team=target.team)
    Offer.make(case, to=target.person, at=act.at, from_state=act.before, from_unit=from_unit)
    act.tell(target.person or target.post(act.at), "offer")
    act.tell_first_receiver()


def unless_offered(dossier: Dossier, *, at: datetime) -> DomainError | None:
    return None if dossier.offer else out_of_turn(dossier, "accept")


@verb(Nothing, pgettext("verb", "Sign for"), when=unless_offered)
def accept(act: Act) -> None:
    """签收: the person it was offered to becomes the owner, and the sign-off clock stops."""
    sender = act.case.owner
    take(act)
    if sender is not None and sender.pk not in {act.case.first_receiver_id, act.actor.pk}:
        act.tell(sender, "first_receiver", verb="accept")


def refusable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """An offer is refused within four working hours, and at most twice: then the dispatcher has the last word."""
    if dossier.case.refusals >= MOST_REFUSALS:
        yield Missing(_("It was refused twice and the dispatcher has decided: sign for it, or speak with them."))
    entity = dossier.case.legal_entity_id
    if dossier.offer and at > sla.working_deadline(dossier.offer.at, REFUSE_WITHIN, entity=entity):
        yield Missing(_("It was offered more than four working hours ago: sign for it, then transfer it."))


@verb(Reason, pgettext("verb", "Refuse"), when=unless_offered, gate=refusable, place=BUTTON)
def refuse(act: Act, *, reason: str) -> None:
    """退单: back to where it was offered from. A second refusal goes to the dispatcher and is the last."""
    case, refused = act.case, act.offer
    assert refused is not None
    refusals = case.refusals + 1
    act.says("reason", reason)
    act.notes(refusals=refusals)
    act.move(handling_unit=refused.from_unit, team=None, refusals=refusals)
    refused.end()
    act.tell(case.owner if refusals < MOST_REFUSALS else dispatcher_of(case, at=act.at), "refused")


@verb(Nothing, pgettext("verb", "Start"))
def start(act: Act) -> None:
    """The owner begins with what lies at the complaint post."""
    act.move()
    act.clocks.stop("sign_off", at=act.at)


def unless_waiting(dossier: Dossier, *, at: datetime) -> DomainError | None:
    """What was offered to somebody by name is not anybody's to take."""
    by_name = dossier.case.state == State.ASSIGNED and dossier.case.offered_to_id is not None
    return out_of_turn(dossier, "take_next") if by_name else None


def not_the_named(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    return NamedInTheComplaint() if is_named(dossier.case, actor) else None


@verb(Nothing, pgettext("verb", "Take"), when=unless_waiting, who=not_the_named)
def take_next(act: Act) -> None:
    """领取: a case that waits for its unit or team becomes the actor's. `services.taking` chooses the most urgent."""
    take(act)


def take(act: Act) -> None:
    act.notes(**{"from": act.case.owner_id})
    act.move(owner=act.actor, refusals=0)
    if act.offer:
        act.offer.end()
    act.clocks.in_hand(at=act.at)
    act.tell_first_receiver()
