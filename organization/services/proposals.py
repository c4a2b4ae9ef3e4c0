"""Proposals: asked by one administrator, decided by another. What a grant writes, its table says (proposing.py)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from organization.errors import NotWaiting, NotYours, TooLong, WaitsAlready, WhyMissing
from organization.models import Membership, Outcome, Proposal, Role, User
from organization.rights import Rights
from security.chain import plain
from security.models import AuditRow, Kind
from security.services import record
from sqm_site.errors import constraint_of

DAYS = 3  # working days until a proposal expires
MOST_POSTED = 200_000  # characters of one form
DECIDED = "proposal_decided"  # the kind of the notice; what it is about is the number of the proposal
LONGEST = 500  # characters of a reason
PASSWORD_REMEMBERED = timedelta(days=7)
DECIDERS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})  # of the legal entity


@dataclass(frozen=True)
class Change:
    """What was entered. The fields are those of `Proposal`."""

    model: str
    row: int | None
    title: str
    concerns: User | None
    posted: Mapping[str, list[str]]
    details: Mapping[str, Any]
    before: str


@transaction.atomic
def ask(change: Change, *, actor: User, at: datetime, reason: str = "") -> Proposal:
    """Let a change wait for a second person. The same form sent twice is one proposal. Raises TooLong, WaitsAlready."""
    posted = {name: list(values) for name, values in change.posted.items()}
    if len(json.dumps(posted)) > MOST_POSTED:
        raise TooLong()
    end_stale_proposals(at=at, of=Proposal.objects.filter(model=change.model, row=change.row))
    mine = Proposal.objects.open(at).filter(model=change.model, row=change.row, asked_by=actor)
    if (twin := mine.filter(posted=posted).first()) is not None:
        return twin
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(
                legal_entity_id=actor.legal_entity_id,
                model=change.model,
                row=change.row,
                title=change.title[:200],
                concerns=change.concerns,
                posted=posted,
                details=plain(dict(change.details)),
                before=change.before,
                reason=reason[:LONGEST],
                asked_by=actor,
                asked_at=at,
                expires_at=import_string(settings.ABOVE["days"])(at, DAYS, entity=actor.legal_entity_id),
            )
    except IntegrityError as error:
        if constraint_of(error) != "proposal_one_waits_a_row":
            raise
        raise WaitsAlready() from error
    told = {"table": change.model, "row": change.row, **proposal.details}
    record(Kind.PROPOSE, actor=actor, subject=subject_of(proposal), at=at, reason=proposal.reason, details=told)
    return proposal


@transaction.atomic
def grant_proposal(pk: int, *, actor: User, at: datetime, write: Callable[[Proposal], None]) -> Proposal:
    """Write what was asked, by `write`, with the decision in one transaction; of two at once one comes too late.

    actor  another administrator, or the system for a command on the host
    Raises NotWaiting, NotYours, and whatever `write` raises: then nothing is written and the proposal waits on.
    """
    proposal = waiting(pk, actor, at)
    settle(proposal, Outcome.GRANTED, actor=actor, at=at)
    write(proposal)
    tell_who_asked(proposal, at=at)
    return proposal


@transaction.atomic
def refuse_proposal(pk: int, *, actor: User, at: datetime, reason: str) -> Proposal:
    """Raises NotWaiting, NotYours, WhyMissing."""
    proposal = waiting(pk, actor, at)
    if not any(sign.isalnum() for sign in reason):
        raise WhyMissing()
    proposal.answer = reason[:LONGEST]
    settle(proposal, Outcome.REFUSED, actor=actor, at=at)
    record(Kind.REFUSE_PROPOSAL, actor=actor, subject=subject_of(proposal), at=at, reason=proposal.answer)
    tell_who_asked(proposal, at=at)
    return proposal


@transaction.atomic
def withdraw_proposal(pk: int, *, actor: User, at: datetime) -> Proposal:
    """By who asked. Raises NotWaiting, NotYours."""
    proposal = locked(pk, at)
    if proposal.asked_by_id != actor.pk:
        raise NotYours()
    settle(proposal, Outcome.WITHDRAWN, actor=actor, at=at)
    record(Kind.WITHDRAW_PROPOSAL, actor=actor, subject=subject_of(proposal), at=at)
    return proposal


def end_stale_proposals(*, at: datetime, of: QuerySet[Proposal] | None = None) -> int:
    """Mark what nobody decided in time; gives how many."""
    stale = Proposal.objects.stale(at) if of is None else Proposal.objects.stale(at) & of
    return stale.update(outcome=Outcome.EXPIRED, decided_at=at)


def locked(pk: int, at: datetime) -> Proposal:
    proposal = Proposal.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if proposal is None or not proposal.is_open(at):
        raise NotWaiting()
    return proposal


def waiting(pk: int, actor: User, at: datetime) -> Proposal:
    proposal = locked(pk, at)
    if not may_decide(actor, proposal):
        raise NotYours()
    return proposal


def settle(proposal: Proposal, outcome: str, *, actor: User, at: datetime) -> None:
    proposal.outcome, proposal.decided_by, proposal.decided_at = outcome, actor, at
    proposal.save(update_fields=["outcome", "decided_by", "decided_at", "answer"])


def tell_who_asked(proposal: Proposal, *, at: datetime) -> None:
    """A notice to whoever waits for the decision, in the application and by mail."""
    granted = proposal.outcome == Outcome.GRANTED
    tell = import_string(settings.ABOVE["tell"])
    key, about = subject_of(proposal), str(proposal.pk)
    tell(DECIDED, to_user=proposal.asked_by, about=about, at=at, key=key, context={"granted": granted})


def may_decide(actor: User, proposal: Proposal) -> bool:
    """Whether this other person may decide it, by the roles they hold now and not by those of their last login."""
    if actor.pk in {proposal.asked_by_id, proposal.concerns_id}:
        return False
    if actor.username == User.SYSTEM:
        return True
    fresh = User.objects.filter(pk=actor.pk).first()
    if fresh is None or fresh.legal_entity_id != proposal.legal_entity_id or fresh.pk in handed_passwords(proposal):
        return False
    return bool(Rights(fresh).roles & roles_that_decide(proposal))


def handed_passwords(proposal: Proposal) -> set[int]:
    """Those to whom who asked has given a password of late: whoever has it could be the same person twice."""
    since = proposal.asked_at - PASSWORD_REMEMBERED
    given = AuditRow.objects.filter(verb=Kind.ISSUE_PASSWORD, actor=proposal.asked_by_id, at__gte=since)
    return {int(subject.partition(":")[2]) for subject in given.values_list("subject", flat=True)}


def roles_that_decide(proposal: Proposal) -> frozenset[str]:
    return DECIDERS if proposal.legal_entity_id else frozenset({Role.GROUP_ADMINISTRATOR})


def deciders(proposal: Proposal) -> list[User]:
    """Who may decide it, to be named on its page. Empty: only `manage.py grant` on the host is left."""
    held = Membership.objects.in_force().filter(
        role__in=roles_that_decide(proposal), legal_entity_id=proposal.legal_entity_id
    )
    people = User.objects.filter(pk__in=held.values("user_id"), is_active=True, is_service=False)
    ruled_out = {proposal.asked_by_id, proposal.concerns_id or 0, *handed_passwords(proposal)}
    return list(people.exclude(pk__in=ruled_out).order_by("username"))


def subject_of(proposal: Proposal) -> str:
    return f"proposal:{proposal.pk}"
