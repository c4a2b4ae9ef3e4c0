"""Asking the institution's register on behalf of somebody who takes a message in; each question stands on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import transaction

from feedback.lookup import Held, Lookup, LookupDown, lookup_of
from organization.models import User
from security.blind import blind_index, normalise
from security.models import Kind
from security.services import record
from sqm_site.errors import Invalid
from sqm_site.remembering import Memory

ASKED_BY = ("customer_no", "phone")  # the stronger first
log = structlog.get_logger(__name__)


class Told(NamedTuple):
    """What came of a question. held: None where nobody is known by it; down: no register answered"""

    held: Held | None = None
    down: bool = False


TOLD: Memory[Told] = Memory(60)  # so that a field that is left twice asks once


def look_up(given: Mapping[str, str], *, actor: User, at: datetime) -> Told | None:
    """What the register of the actor's legal entity has by customer number, else phone, masked.

    None: it has no register, or nothing was given to its end. Never called in a transaction: the other side takes its
    time, and nobody waits for our rows meanwhile.
    """
    lookup = lookup_of(actor.legal_entity) if actor.legal_entity is not None else None
    key = next((name for name in ASKED_BY if given.get(name, "").strip()), "")
    if lookup is None or not key:
        return None
    try:
        value, index = normalise(key, given[key]), blind_index(key, given[key])
    except Invalid:
        return None
    try:
        return TOLD.get((actor.pk, key, index), lambda: ask(lookup, key, value, index, actor=actor, at=at))
    except LookupDown as error:
        log.warning("customer register down", entity=actor.legal_entity_id, reason=str(error))
        return Told(down=True)


def ask(lookup: Lookup, key: str, value: str, index: str, *, actor: User, at: datetime) -> Told:
    """On record before it is asked, with the keyed digest of the number: who tries numbers is found by them."""
    with transaction.atomic(durable=True):
        record(Kind.READ, actor=actor, subject=f"lookup:{key}", at=at, details={"index": index})
    return Told(lookup.find(key, value))
