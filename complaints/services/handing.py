"""分派 and 交接: several cases given to somebody in one act, one by one through the verb that assigns.

Those that nobody was asked for yet, or the open ones of somebody who leaves or is away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from complaints.models import Case, State
from complaints.verbs import ownership
from organization.models import User
from organization.rights import rights_of
from sqm_site.errors import DomainError, Invalid

# In one act. Each is a transaction of its own, and whoever waits for the page waits for all of them.
MOST = 100


@dataclass(frozen=True)
class Outcome:
    """How it went with one case. to: who is asked to sign for it; refusal: why it stayed where it was."""

    case: Case
    to: User | None = None
    refusal: str = ""


def in_the_hands_of(person: User, lead: User) -> QuerySet[Case]:
    """The open cases that the person has, or is asked to sign for, and that the lead may give to somebody else."""
    return Case.objects.filter(Q(owner=person) | Q(offered_to=person), rights_of(lead).reach("assign")).open()


def waiting_elsewhere(person: User) -> Q:
    """Those of them that somebody else has been asked to sign for already: the person answers until they do."""
    return Q(owner=person, offered_to__isnull=False) & ~Q(offered_to=person)


def hand_over(
    person: User, *, lead: User, given: dict[str, Any], at: datetime, chosen: Sequence[str] | None = None
) -> list[Outcome]:
    """Offer the cases of `person` to whom `given` names, the most urgent first and at most MOST of them.

    given   the form of `assign`
    chosen  references; None: all that nobody else has been asked to sign for
    What a case refuses stays with that case: every other one goes on.
    """
    cases = in_the_hands_of(person, lead)
    cases = cases.exclude(waiting_elsewhere(person)) if chosen is None else cases.filter(reference__in=chosen)
    ordered = cases.select_related("handling_unit", "owner").order_by("next_due_at", "pk")
    return [outcome(case, lead=lead, given=given, at=at) for case in ordered[:MOST]]


def undispatched(lead: User) -> QuerySet[Case]:
    """What lies where it came in: nobody has begun, and nobody was asked to sign for it."""
    return Case.objects.filter(rights_of(lead).reach("assign"), state=State.RECEIVED, offered_to=None)


def dispatch(*, lead: User, given: dict[str, Any], at: datetime, chosen: Sequence[str]) -> list[Outcome]:
    """Offer those of the undispatched cases that are chosen, by reference; given: the form of `assign`."""
    ordered = undispatched(lead).filter(reference__in=chosen).select_related("handling_unit", "owner")
    return [outcome(case, lead=lead, given=given, at=at) for case in ordered.order_by("next_due_at", "pk")[:MOST]]


def outcome(case: Case, *, lead: User, given: dict[str, Any], at: datetime) -> Outcome:
    try:
        done = ownership.assign(case.reference, actor=lead, at=at, **given)
    except Invalid as error:
        return Outcome(case, refusal=" ".join(sentences(error.fields)))
    except DomainError as error:
        return Outcome(case, refusal=str(error))
    return Outcome(done, to=done.offered_to)


def sentences(fields: Any) -> Iterator[str]:
    for words in fields.values():
        yield from (str(word) for word in words)
