"""Who has the case: assign, transfer, accept, refuse, start, take."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.countdown import moment
from complaints.dossier import Dossier, Missing
from complaints.errors import NotAllowed
from complaints.fields import Form, Nothing, Reason, line, optional, prose
from complaints.models import Offer, State
from complaints.services.loads import in_hand, most_in_hand
from complaints.services.routing import absent, named, resolve, stand_in
from complaints.services.ruling import MOST_REFUSALS, dispatcher_of, dispatches, refusals, ruling
from complaints.verb import BUTTON, Given, label_of, out_of_turn, verb
from organization.models import User
from organization.rights import rights_of
from sla import services as sla
from sla.models import ClockKind
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean
from sqm_site.locking import hold_until_commit

REFUSE_WITHIN = 240  # working minutes
ABSENT = gettext_lazy(
    "{person} is absent until {until}. Choose somebody else, or tick that it goes to them all the same."
)
ABSENT_AND_INSTEAD = gettext_lazy(
    "{person} is absent until {until}; {instead} ({name}) stands in. Choose them, or tick that it goes to {person} all "
    "the same."
)


class Assign(Form):
    unit = optional(line, gettext_lazy("Unit code"))
    team = optional(line, gettext_lazy("Team"))
    to = optional(line, gettext_lazy("User name"))
    reason = optional(prose, gettext_lazy("Reason"))
    although_absent = StrictBoolean(label=gettext_lazy("Also to somebody who is absent"), required=False, default=False)

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        by_name = refusals(dossier.offers) >= MOST_REFUSALS
        where = {"to": dossier.offers[-1].to.username} if by_name else {"unit": dossier.case.handling_unit.code}
        return {**super().example(dossier), **where}


class Transfer(Assign):
    reason = prose(gettext_lazy("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        usual = super().example(dossier)
        if not is_ruled(dossier):
            return usual
        usual.pop("unit", None)
        to = dispatcher_of(dossier.case, at=dossier.at, but_not={dossier.case.owner_id or 0})
        return {**usual, "to": to.username if to else ""}


def is_ruled(dossier: Dossier) -> bool:
    """Whether it was refused twice, so that who handles it is the dispatcher's to say."""
    if not dossier.doers_of({refuse.name}):
        return False
    refused_twice = refusals(dossier.offers) >= MOST_REFUSALS
    return refused_twice or ruling(dossier.case, dossier.offers) is not None


def assignable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """What was refused twice is laid on one person, who signs for it."""
    yield from somebody_at_work(dossier, actor=actor, at=at, given=given)
    yield from somebody_with_room(dossier, given)
    if is_ruled(dossier) and refusals(dossier.offers) >= MOST_REFUSALS and not given.get("to"):
        yield Missing(_("It was refused twice: say by name who handles it."), "to")


def transferable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Where the dispatcher has ruled, or is about to, only they get it; of a ruling once."""
    yield from somebody_at_work(dossier, actor=actor, at=at, given=given)
    owner = dossier.case.owner
    if owner is not None and given.get("to") == owner.username:
        yield Missing(_("{person} has the case already: choose somebody else.").format(person=owner), "to")
    if not is_ruled(dossier):
        return
    ruled = ruling(dossier.case, dossier.offers)
    if ruled is not None and dossier.offers[-1] != ruled:
        yield Missing(_("It went back to the dispatcher once already: handle it, or speak with them."))
    elif not dispatches(named(dossier.case, given.get("to") or ""), dossier.case):
        yield Missing(_("It was refused twice: it goes to whoever dispatches, by name and with the reason."), "to")


def somebody_with_room(dossier: Dossier, given: Given) -> Iterator[Missing]:
    """Whoever is full (已满) is given more by name with a word of reason."""
    person = named(dossier.case, given["to"]) if given.get("to") and not given.get("reason") else None
    limit = None if person is None else most_in_hand(person.memberships.in_force().select_related("team"))
    if person is not None and limit is not None and in_hand(person) >= limit:
        said = _("{person} has {limit} cases or more in hand, as many as the team allows: say why they get one more.")
        yield Missing(said.format(person=person, limit=limit), "reason")


def somebody_at_work(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Whoever is named and away does not sign: the page says who stands in, and goes on when it is told to."""
    absence = absent(dossier.case, given.get("to", ""), at) if given.get("to") else None
    if absence is None or given.get("although_absent"):
        return
    person = absence.user
    instead = stand_in(dossier.case, person, at)
    said = ABSENT_AND_INSTEAD if instead else ABSENT
    facts = {"person": person, "until": moment(absence.until), "instead": instead}
    yield Missing(str(said).format(**facts, name=instead and instead.username), "although_absent")


@verb(Assign, pgettext("verb", "Assign"), gate=assignable, place=BUTTON, of_group=True, in_bulk=True)
def assign(
    act: Act, *, unit: str = "", to: str = "", team: str = "", reason: str = "", although_absent: bool = False
) -> None:
    """Offer the case to a person, or to a unit's or team's queue. The owner stays responsible until it is accepted.

    unit, to, team  codes and names: unit code, user name, team name
    Raises Invalid for what names nobody.
    """
    offer(act, unit=unit, to=to, team=team, reason=reason)


@verb(Transfer, pgettext("verb", "Transfer"), gate=transferable, place=BUTTON, of_group=True, in_bulk=True)
def transfer(
    act: Act, *, reason: str, unit: str = "", to: str = "", team: str = "", although_absent: bool = False
) -> None:
    """The owner offers the case to somebody else, with a reason."""
    offer(act, unit=unit, to=to, team=team, reason=reason)


def offer(act: Act, *, unit: str, to: str, team: str, reason: str) -> None:
    """One that replaces an open one still returns to where the first came from."""
    case, earlier = act.case, act.offer
    target = resolve(case, unit=unit, to=to, team=team)
    answering = target.answering(case, at=act.at)
    from_team, from_unit = (earlier.from_team, earlier.from_unit) if earlier else (case.team, case.handling_unit)
    act.says("reason", reason)
    act.notes(unit=target.unit.pk, to=answering.pk, by_name=target.person is not None)
    act.end_offer(Offer.Outcome.SUPERSEDED)
    act.move(team=target.team)
    act.make_offer(
        Offer(
            case=case,
            round=act.round,
            number=len(act.dossier.offers) + 1,
            legal_entity_id=case.legal_entity_id,
            unit=target.unit,
            team=target.team,
            to=answering,
            by_name=target.person is not None,
            from_state=returning_to(act, earlier),
            from_unit=from_unit,
            from_team=from_team,
            by=act.actor,
            at=act.at,
        )
    )
    act.tell(answering, "offer")
    act.tell_first_receiver()


def returning_to(act: Act, earlier: Offer | None) -> str:
    """The state a refusal leads back to: none where the offer has left it as it was."""
    if act.case.state != State.ASSIGNED:
        return ""
    return earlier.from_state if earlier and act.before == State.ASSIGNED else act.before


def unless_offered(dossier: Dossier, *, at: datetime) -> DomainError | None:
    return None if dossier.offer else out_of_turn(dossier, "accept")


@verb(Nothing, pgettext("verb", "Sign for"), when=unless_offered, of_group=True, in_bulk=True)
def accept(act: Act) -> None:
    """签收: the person it was offered to becomes the owner, and the sign-off clock stops."""
    sender = act.case.owner
    take(act, Offer.Outcome.ACCEPTED)
    if sender is not None and sender.pk not in {act.case.first_receiver_id, act.actor.pk}:
        act.tell(sender, "first_receiver", verb="accept")


def refusable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """An offer is refused within four working hours, and at most twice: then the dispatcher has the last word."""
    if refusals(dossier.offers) >= MOST_REFUSALS:
        yield Missing(_("It was refused twice and the dispatcher has decided: sign for it, or speak with them."))
    entity = dossier.case.legal_entity_id
    if dossier.offer and at > sla.working_deadline(dossier.offer.at, REFUSE_WITHIN, entity=entity):
        yield Missing(_("It was offered more than four working hours ago: sign for it, then transfer it."))


@verb(Reason, pgettext("verb", "Refuse"), when=unless_offered, gate=refusable, place=BUTTON, of_group=True)
def refuse(act: Act, *, reason: str) -> None:
    """退单: back to where it was offered from. A second refusal goes to the dispatcher and is the last."""
    case, refused = act.case, act.offer
    assert refused is not None
    times = refusals(act.dossier.offers) + 1
    act.says("reason", reason)
    act.notes(refusals=times)
    act.move(team=refused.from_team)
    act.end_offer(Offer.Outcome.REFUSED)
    above = dispatcher_of(case, at=act.at, but_not={act.actor.pk}) if times >= MOST_REFUSALS else None
    act.tell(above or case.owner, "refused")


@verb(Nothing, pgettext("verb", "Start"), of_group=True, in_bulk=True)
def start(act: Act) -> None:
    """The owner begins with what lies at the complaint post."""
    act.move()
    act.clocks.stop("sign_off", at=act.at)


def unless_waiting(dossier: Dossier, *, at: datetime) -> DomainError | None:
    """What was offered to somebody by name is not anybody's to take."""
    offer = dossier.offer
    return out_of_turn(dossier, "take_next") if offer is not None and offer.by_name else None


def from_the_queue(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Not its owner: what was handed on comes back by a refusal."""
    if dossier.case.state == State.ASSIGNED and dossier.case.owner_id == actor.pk:
        return NotAllowed(verb=label_of("take_next"))
    return None


def with_room(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Whoever is full (已满) takes no more, but for what they took in themselves (首问负责), and what lies past its
    sign-off deadline: to lie longer would be worse for the customer than a desk that is fuller.
    """
    limit = most_in_hand(rights_of(actor).memberships)
    if limit is None or dossier.case.brought_by_id == actor.pk or lies_late(dossier, at):
        return
    hold_until_commit(f"hands {actor.pk}")  # two taken at once are not both the last
    if in_hand(actor) >= limit:
        said = _(
            "You have {limit} cases or more in hand, as many as your team allows: finish one, or hand one over first."
        )
        yield Missing(said.format(limit=limit))


def lies_late(dossier: Dossier, at: datetime) -> bool:
    running = (clock for clock in dossier.clocks if clock.stopped_at is None)
    return any(clock.kind == ClockKind.SIGN_OFF and clock.due_at < at for clock in running)


@verb(Nothing, pgettext("verb", "Take"), when=unless_waiting, who=from_the_queue, gate=with_room, of_group=True)
def take_next(act: Act) -> None:
    """领取: a case that waits for its unit or team becomes the actor's. `services.taking` chooses the most urgent."""
    take(act, Offer.Outcome.TAKEN)


def take(act: Act, outcome: str) -> None:
    """The case is the actor's now, and so of the unit to which it was offered."""
    act.notes(**{"from": act.case.owner_id})
    act.move(owner=act.actor, handling_unit=act.offer.unit if act.offer else act.case.handling_unit)
    act.end_offer(outcome)
    act.clocks.in_hand(at=act.at)
    act.tell_first_receiver()
