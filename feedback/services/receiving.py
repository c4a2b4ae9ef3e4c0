"""Receiving: a message is redacted, its original sealed, its customer found, and it is stored once.

Passwords and codes are in neither: they are never kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feedback.errors import Repeated
from feedback.inbound import Inbound, thread_key
from feedback.models import SUBJECT_LENGTH, Customer, Feedback
from feedback.services.customers import find_or_make_customer
from organization.models import ApiClient, LegalEntity
from security.fields import Sealed
from security.redaction import redact
from security.sealing import unseal
from security.unkept import without_secrets, without_secrets_in
from sqm_site.inserting import insert_once


@dataclass(frozen=True)
class Received:
    """What was stored. `customer` is None for an anonymous message; `digest` is what the log keeps of it."""

    feedback: Feedback
    customer: Customer | None
    new_customer: bool
    digest: str


def earlier(legal_entity: LegalEntity, channel: str, external_id: str) -> Feedback | None:
    """The message that came under this external id before, whatever its content. One statement."""
    return Feedback.objects.filter(legal_entity=legal_entity, channel=channel, external_id=external_id).first()


def receive(inbound: Inbound, *, client: ApiClient | None, legal_entity: LegalEntity, at: datetime) -> Received:
    """Store a message in the caller's transaction, in at most three statements.

    client  who handed it over; None for a colleague at the desk
    Raises Repeated when it is stored already: the caller's transaction must be rolled back.
    """
    customer, new = find_or_make_customer(inbound.customer, inbound.indexes, legal_entity=legal_entity, at=at)
    known = known_words(inbound.customer, customer)
    subject, text = without_secrets(inbound.subject), without_secrets(inbound.text)
    feedback = Feedback(
        legal_entity=legal_entity,
        client=client,
        channel=inbound.channel,
        external_id=inbound.external_id,
        thread=thread_key(legal_entity.pk, inbound.channel, inbound.thread),
        nature=inbound.nature,
        customer=customer,
        occurred_at=inbound.occurred_at,
        received_at=inbound.received_at,
        stored_at=at,
        subject=redact(subject, known)[:SUBJECT_LENGTH],  # a token may be longer than what it replaces
        text=redact(text, known),
        scores=dict(inbound.scores),
        content_hash=inbound.content_hash,
    )
    words = "\n".join(part for part in (subject, text) if part)
    metadata = json.dumps(without_secrets_in(inbound.metadata), ensure_ascii=False) if inbound.metadata else ""
    feedback.words, feedback.metadata = words, metadata  # type: ignore[assignment]
    if not insert_once(feedback):
        raise Repeated
    return Received(feedback, customer, new_customer=new, digest=feedback.digest_of(words, metadata))


def digest_of(message: Feedback) -> str:
    """What the log keeps of a message, from what is stored now. Raises WrongKey for words that do not open."""
    return message.digest_of(opened(message.words), opened(message.metadata))


def known_words(given: Mapping[str, str], customer: Customer | None) -> list[str]:
    """Names and numbers no pattern would recognise in this customer's text."""
    return [*filter(None, given.values()), *known_of(customer)]


def known_of(customer: Customer | None) -> list[str]:
    """What is stored of a customer's name and number, to be taken out of what people write.

    They are opened here without a record: no person and no output sees them.
    """
    stored: list[Sealed] = [customer.name, customer.customer_no] if customer else []
    return [opened(value) for value in stored if value.present]


def opened(value: Sealed) -> str:
    """The plain value, opened without a record: no person and no output may see it. Raises WrongKey."""
    return unseal(value.token, row=value.row, field=value.field) if value.present else ""
