"""The dispatcher's last word: what was refused twice goes to one person by name, who may hand it back to them once."""

from collections.abc import Sequence
from datetime import datetime

from complaints.models import MOVED, Case, Offer
from complaints.services.telling import level_up
from organization.models import Role, User
from organization.rights import rights_of

MOST_REFUSALS = 2
DISPATCHING = (Role.DISPATCHER, Role.SUPERVISOR)


def refusals(offers: Sequence[Offer]) -> int:
    """How often it was sent back since somebody last had it.

    offers  of one case, oldest first
    """
    since = max((place for place, offer in enumerate(offers, 1) if offer.outcome in MOVED), default=0)
    return sum(offer.outcome == Offer.Outcome.REFUSED for offer in offers[since:])


def ruling(case: Case, offers: Sequence[Offer]) -> Offer | None:
    """The offer by which its owner had to sign for it; None: nobody has ruled, or it has gone on since."""
    last = next((place for place in reversed(range(len(offers))) if offers[place].outcome in MOVED), None)
    if last is None or offers[last].to_id != case.owner_id or refusals(offers[:last]) < MOST_REFUSALS:
        return None
    return offers[last]


def dispatches(person: User | None, case: Case) -> bool:
    """Whether somebody rules on who handles the case."""
    return person is not None and rights_of(person).allows_as(DISPATCHING, "assign", case)


def dispatcher_of(case: Case, *, at: datetime, but_not: set[int]) -> User | None:
    """The nearest present person who rules on it."""
    return level_up(case, DISPATCHING, at=at, verb="assign", but_not=but_not)
