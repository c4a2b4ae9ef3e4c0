"""A colleague at the desk writes down what a customer says on the phone or at the counter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Case
from complaints.services import deciding, ownership
from complaints.services.intake import Incoming, take_in
from complaints.services.routing import home_of
from feedback import channels
from organization.models import User
from organization.rights import rights_of
from sqm_site.errors import Forbidden, Invalid


@transaction.atomic
def register(
    said: Mapping[str, Any],
    *,
    actor: User,
    facts: Mapping[str, Any] | None = None,
    settlement: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Case:
    """登记: take in a message by hand; whoever registers it takes the case.

    said        channel, nature, text and, where known, subject, customer, occurred_at: as `POST /feedback/` takes them
    facts       further fields of the case
    settlement  the form of `settle`: then the case is registered and settled in one transaction (即时办结)
    Raises Forbidden, Invalid, GateNotMet; then nothing is stored.
    """
    at = at or timezone.now()
    if not rights_of(actor).has("take_in"):
        raise Forbidden
    unit = home_of(actor)
    channel = channels.intakes()[said["channel"]]
    inbound = channel.receive({**said, "external_id": f"desk:{uuid4().hex}"}, at=at)
    incoming = Incoming(inbound=inbound, unit=unit, legal_entity=unit.legal_entity, brought_by=actor, facts=facts or {})
    case = take_in(incoming, at=at).case
    if case is None:
        raise Invalid({"text": [_("Write down what the customer said.")]})
    if rights_of(actor).allows("take_next", case):
        ownership.take(case, actor=actor, at=at)
    if settlement is not None:
        deciding.settle.inside(case, actor=actor, at=at, **settlement)
    return case
