"""A colleague at the desk writes down what a customer says on the phone or at the counter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from complaints.models import Case
from complaints.services import deciding, ownership
from complaints.services.intake import Incoming, take_in
from complaints.services.routing import home_of
from feedback import services as feedback
from organization.models import User
from organization.rights import rights_of
from sqm_site.errors import Forbidden


@transaction.atomic
def register(
    *,
    actor: User,
    channel: str,
    nature: str,
    text: str,
    subject: str = "",
    customer: Mapping[str, str] | None = None,
    occurred_at: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
    settlement: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Case:
    """登记: take in a message by hand; whoever registers it takes the case.

    settlement  the form of `settle`: then the case is registered and settled in one transaction (即时办结)
    Raises Forbidden, Invalid, GateNotMet; then nothing is stored.
    """
    at = at or timezone.now()
    if not rights_of(actor).has("take_in"):
        raise Forbidden
    unit = home_of(actor)
    said = {"channel": channel, "nature": nature, "subject": subject, "text": text, "customer": customer or {}}
    inbound = feedback.Inbound(
        **said,
        external_id=f"desk:{uuid4().hex}",
        occurred_at=occurred_at or at,
        received_at=min(occurred_at or at, at),
        content_hash=feedback.content_hash(said),
    )
    taken = take_in(
        Incoming(
            inbound=inbound, unit=unit, legal_entity=unit.legal_entity, brought_by=actor, facts=facts or {}
        ),
        at=at,
    )
    case = taken.case
    assert case is not None  # there are words, so there is a case
    if rights_of(actor).allows("take_next", case):
        ownership.take(case, actor=actor, at=at)
    if settlement is not None:
        deciding.settle.inside(case, actor=actor, at=at, **settlement)  # type: ignore[attr-defined]
    return case
