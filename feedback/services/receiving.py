"""Receiving: a message is redacted, its original sealed, its customer found, and it is stored once.

Passwords and codes are in neither: they are never kept.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feedback.errors import Repeated
from feedback.inbound import Inbound, thread_key
from feedback.models import SUBJECT_LENGTH, Customer, Feedback
from feedback.services.customers import differing, find_or_make_customer
from organization.models import ApiClient, LegalEntity
from security.fields import Sealed
from security.redaction import redact
from security.sealing import unseal
from security.unkept import without_secrets, without_secrets_in
from sqm_site.inserting import insert_once

ADDRESSES = ("phone", "email", "openid")  # keys by which we reach somebody
SHARED = ("phone", "email")  # keys that a family may share
SEALED = ("words", "metadata", "phone", "email", "echo", "name")  # in the order in which a digest takes them


@dataclass(frozen=True)
class Received:
    """What was stored. `customer` is None for an anonymous message; `digest` is what the log keeps of it."""

    feedback: Feedback
    customer: Customer | None
    new_customer: bool
    digest: str


@dataclass(frozen=True)
class KeptWords:
    """The copies to read, and the values of SEALED."""

    subject: str
    text: str
    sealed: tuple[str, ...]


def account_of(client: ApiClient | None) -> str:
    """Whose numbers of messages: no other program can take one first; a new key of the same unit sends none twice."""
    return f"unit:{client.unit_id}" if client is not None else ""


def earlier(
    legal_entity: LegalEntity, channel: str, external_id: str, *, client: ApiClient | None = None
) -> Feedback | None:
    """The message that came from there under this external id before, whatever its content. One statement."""
    rows = Feedback.objects.filter(legal_entity=legal_entity, channel=channel, account=account_of(client))
    return rows.filter(external_id=external_id).first()


def receive(inbound: Inbound, *, client: ApiClient | None, legal_entity: LegalEntity, at: datetime) -> Received:
    """Store a message in the caller's transaction, in at most three statements.

    client  who handed it over; None for a colleague at the desk
    Raises Repeated when it is stored already: the caller's transaction must be rolled back.
    """
    given, vouched = inbound.customer, inbound.vouched or client is None
    known_by = {key: inbound.indexes[key] for key in inbound.indexes if not (inbound.apart and key in SHARED)}
    customer, new = find_or_make_customer(given, known_by, legal_entity=legal_entity, at=at, vouched=vouched)
    kept = kept_words(inbound, customer)
    feedback = Feedback(
        legal_entity=legal_entity,
        client=client,
        channel=inbound.channel,
        account=account_of(client),
        external_id=inbound.external_id,
        thread=thread_key(legal_entity.pk, inbound.channel, inbound.thread),
        nature=inbound.nature,
        customer=customer,
        differs=[] if new else differing(customer, inbound.indexes),
        unproven=[] if client is not None else unproven(customer, inbound.indexes, new=new),
        occurred_at=inbound.occurred_at,
        received_at=inbound.received_at,
        stored_at=at,
        subject=kept.subject,
        text=kept.text,
        scores=dict(inbound.scores),
        content_hash=inbound.content_hash,
    )
    for name, value in zip(SEALED, kept.sealed, strict=True):
        setattr(feedback, name, value)
    if not insert_once(feedback):
        raise Repeated
    return Received(feedback, customer, new_customer=new, digest=feedback.digest_of(*kept.sealed))


def unproven(customer: Customer | None, indexes: Mapping[str, str], *, new: bool) -> list[str]:
    """The addresses of a message that a colleague typed in, by which the customer was not known before."""
    if customer is None:
        return []
    other = [*customer.learnt, *differing(customer, indexes)]
    return [key for key in ADDRESSES if key in indexes and (new or key in other)]


def kept_words(inbound: Inbound, customer: Customer | None) -> KeptWords:
    """What is kept of the words of a message: never a password or a code."""
    subject, text = without_secrets(inbound.subject), without_secrets(inbound.text)
    given = inbound.customer
    own = [value for value in given.values() if value]
    beyond = [value for value in known_of(customer) if value not in own]  # what only we know of them
    copy = redacted(subject, text, [*own, *beyond])
    echo = redacted(subject, text, own) if beyond else copy
    words = "\n".join(part for part in (subject, text) if part)
    metadata = json.dumps(without_secrets_in(inbound.metadata), ensure_ascii=False) if inbound.metadata else ""
    again = "" if echo == copy else "\n".join(echo)
    addresses = (given.get("phone", ""), given.get("email", ""))
    return KeptWords(*copy, sealed=(words, metadata, *addresses, again, given.get("name", "")))


def redacted(subject: str, text: str, known: Iterable[str]) -> tuple[str, str]:
    """The copies to read; a token may be longer than what it replaces."""
    return redact(subject, known)[:SUBJECT_LENGTH], redact(text, known)


def as_sent(message: Feedback) -> tuple[str, str]:
    """Subject and text as their sender may read them again: nothing in them tells what only we know."""
    if not message.echo.present:
        return message.subject, message.text
    subject, _break, text = opened(message.echo).partition("\n")
    return subject, text


def digest_of(message: Feedback) -> str:
    """What the log keeps of a message, from what is stored now. Raises WrongKey for words that do not open."""
    return message.digest_of(*(opened(getattr(message, name)) for name in SEALED))


def known_of(customer: Customer | None) -> list[str]:
    """What is stored of a customer's name and number, to be taken out of what people write.

    They are opened here without a record: no person and no output sees them.
    """
    stored: list[Sealed] = [customer.name, customer.customer_no] if customer else []
    return [opened(value) for value in stored if value.present]


def opened(value: Sealed) -> str:
    """The plain value, opened without a record: no person and no output may see it. Raises WrongKey."""
    return unseal(value.token, row=value.row, field=value.field) if value.present else ""
