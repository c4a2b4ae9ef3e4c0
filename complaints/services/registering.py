"""登记: a colleague takes a message in under their own name, and settles a simple one in the same form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.act import Writing, perform
from complaints.locks import AT_HAND, lock
from complaints.models import Case
from complaints.services.intake import Incoming, take_in
from complaints.verbs import answering, identifying, ownership, representing, transferring
from feedback import channels
from organization.models import Unit, User
from organization.rights import barred, permissions, rights_of
from sqm_site.errors import Forbidden, Invalid


@dataclass(frozen=True)
class WhoSpeaks:
    """Of a registration whoever spoke.

    representatives  forms of `add_representative`: who raised it for another, or was elected by several
    paper            the form of `verify_authority`: they had it with them. Whoever has the case asks a second person
    identity         the form of `verify_identity`: they were asked who they are
    """

    representatives: Sequence[Mapping[str, Any]] = ()
    paper: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] | None = None


THEMSELVES = WhoSpeaks()  # and nobody was asked who they are


@transaction.atomic
def register(
    said: Mapping[str, Any],
    *,
    actor: User,
    form: str,
    facts: Mapping[str, Any] | None = None,
    settlement: Mapping[str, Any] | None = None,
    transfer: Mapping[str, Any] | None = None,
    speaks: WhoSpeaks = THEMSELVES,
    evidence: str = "",
    at: datetime | None = None,
) -> Case:
    """Take a message in by hand; whoever works cases and registers one has it.

    said        channel, nature, text and, where known, subject and customer: as `POST /feedback/` takes them
    form        made with the empty form: sent twice, it gives the same case
    facts       further fields of the case
    settlement  the form of `settle`: then the case is registered and settled in one transaction (即时办结)
    transfer    the form of `add_reference`: who passed it on, under which number, and by when they want the answer
    speaks      who raised it for another, and how it was verified who speaks
    evidence    what shows when it came in
    Raises Forbidden, Invalid, GateNotMet; then nothing is stored.
    """
    at = at or timezone.now()
    more = {**(facts or {}), **({"source": transfer["body"]} if transfer else {})}
    case, fresh = taken_in(said, more, speaks, actor=actor, form=form, evidence=evidence, at=at)
    if transfer and fresh:
        passed_on(case, transfer, actor=actor, at=at)
    if not fresh or (settlement is None and not rights_of(actor).reaches(case)):
        return case  # a repeat, or a tip-off: discipline goes on from here
    case = lock(case.reference, actor)
    if rights_of(actor).allows("take_next", case):
        ownership.take_next.within(case, actor=actor, at=at)
    verified(case, speaks, actor=actor, at=at)
    if settlement is not None:
        answering.settle.within(case, actor=actor, at=at, **settlement)
    return case


def verified(case: Case, speaks: WhoSpeaks, *, actor: User, at: datetime) -> None:
    if speaks.identity:
        identifying.verify_identity.within(case, actor=actor, at=at, **speaks.identity)
    if speaks.representatives and speaks.paper:
        representing.verify_authority.within(case, actor=actor, at=at, **speaks.paper)


def taken_in(
    said: Mapping[str, Any],
    facts: Mapping[str, Any],
    speaks: WhoSpeaks,
    *,
    actor: User,
    form: str,
    evidence: str,
    at: datetime,
) -> tuple[Case, bool]:
    """The case, and whether it is new. Raises Invalid for a message without words."""
    unit = home_of(actor)
    message = {**said, "external_id": f"desk:{actor.pk}:{form}"}  # no program can send this one first
    taken = take_in(
        Incoming(
            inbound=channels.intakes()[said["channel"]].receive(message, at=at),
            unit=unit,
            legal_entity=unit.legal_entity,
            brought_by=actor,
            facts=dict(facts),
            evidence=evidence,
            representatives=[{**one, "raised": True} for one in speaks.representatives],
        ),
        at=at,
    )
    if taken.case is None:
        raise Invalid({"text": [_("Write down what the customer said.")]})
    return taken.case, taken.fresh


def passed_on(case: Case, transfer: Mapping[str, Any], *, actor: User, at: datetime) -> None:
    """Whoever may take in what a body passed on may write down its number, whosever the case then is."""
    held = Case.objects.select_for_update(of=("self",)).select_related(*AT_HAND).get(pk=case.pk)
    writing = Writing(held, at)
    who = User.system() if barred(held, actor) else actor
    given = {"received_at": held.received_at, **transfer}
    perform(transferring.add_reference, writing, actor=who, at=at, given=given, follows=True)
    writing.write()


def home_of(actor: User) -> Unit:
    """The unit for which the actor registers: of the first role that may. Raises Forbidden."""
    roles = permissions()["take_in"]
    unit = next((row.unit for row in rights_of(actor).memberships if row.unit and row.role in roles), None)
    if unit is None:
        raise Forbidden
    return unit
