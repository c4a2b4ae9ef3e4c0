"""Who holds the complaint post of a unit."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from organization.models import Unit, User
from organization.services.absences import away
from organization.services.setup import FIRST_RECEIVER
from sqm_site.remembering import Memory

POSTS: Memory[User] = Memory(5)  # unit -> holder


def nobody(person: User) -> bool:
    return False


def complaint_post(unit: Unit, at: datetime, *, barred: Callable[[User], bool] = nobody) -> User:
    """The holder of the unit's complaint post: A角, or B角 while A is absent or barred; lacking both, the parent's.

    One query. Where all are absent, the nearest; where nobody holds a post up to the root, the account that `setup`
    made for it (a second query): a complaint always finds an owner.
    """
    places = Unit.objects.filter(pk__in=unit.lineage).select_related("receiver", "substitute")
    line = {place.pk: place for place in places.annotate(a_away=away(at, "receiver"), b_away=away(at, "substitute"))}
    fallback: User | None = None
    for pk in reversed(unit.lineage):
        place: Any = line[pk]
        for person, is_away in ((place.receiver, place.a_away), (place.substitute, place.b_away)):
            if person is None or not person.is_active or barred(person):
                continue
            if not is_away:
                return person
            fallback = fallback or person
    return fallback or unmanned_post(unit)


def unmanned_post(unit: Unit) -> User:
    """The account that `setup` made for the post of the entity: nobody logs in with it."""
    accounts = User.objects.filter(legal_entity_id=unit.legal_entity_id, is_service=True)
    return accounts.get(username__startswith=FIRST_RECEIVER)


def complaint_post_cached(unit: Unit, at: datetime) -> User:
    """The same for intake and sweeps, at most five seconds old."""
    holder = POSTS.get(unit.pk, lambda: complaint_post(unit, at))
    assert holder is not None
    return holder
