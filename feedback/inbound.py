"""One message as any channel hands it over, before it is stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.crypto import salted_hmac

from feedback.models import KEYS
from security.blind import blind_index
from sqm_site.errors import Invalid

# A sender's clock and its own remarks may differ from one try to the next: the message is the same.
BESIDE_THE_CONTENT = ("metadata", "occurred_at")


@dataclass(frozen=True)
class Inbound:
    """What a customer said, by which channel and who they are. Raises Invalid for a customer key that is none.

    external_id   the sender's name for this message, unique for ever in its channel and among what its unit sends
    occurred_at   when the customer handed it over; received_at: the same, never later than our clock
    thread        key of the conversation at the channel; empty: none
    customer      customer_no, name, phone, id_no, email, openid as given; empty: anonymous
    content_hash  see `content_hash`
    vouched       the channel knows who speaks; else anybody may have given these values
    apart         the colleague who took it in knows that it is nobody who is known by this phone or address
    indexes       blind indexes of the customer keys that were given, strongest first
    """

    channel: str
    external_id: str
    nature: str
    occurred_at: datetime
    received_at: datetime
    content_hash: str
    vouched: bool = False
    apart: bool = False
    thread: str = field(default="", repr=False)
    customer: Mapping[str, str] = field(default_factory=dict, repr=False)
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    scores: Mapping[str, int] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    indexes: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "indexes", key_indexes(self.customer))


def key_indexes(customer: Mapping[str, str]) -> dict[str, str]:
    """Index the keys that were given. Raises Invalid with a sentence for each bad one, which never repeats it."""
    indexes: dict[str, str] = {}
    refused: dict[str, list[str]] = {}
    for key in KEYS:
        if given := customer.get(key):
            try:
                indexes[key] = blind_index(key, given)
            except Invalid as error:
                refused[f"customer.{key}"] = error.fields[key]
    if refused:
        raise Invalid(refused)
    return indexes


def content_hash(body: Mapping[str, Any]) -> str:
    """Return what tells a repeat from other content: 64 hex digits over the validated body.

    Keyed, because a plain digest of a short message with a phone number could be guessed.
    """
    content = {name: value for name, value in body.items() if name not in BESIDE_THE_CONTENT}
    return _keyed("content", json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True))


def thread_key(legal_entity_id: int, channel: str, thread: str) -> str:
    """Return the stored form of a conversation's key, which itself may name a person; empty stays empty."""
    return _keyed("thread", f"{legal_entity_id}:{channel}:{thread}") if thread else ""


def _keyed(purpose: str, value: str) -> str:
    return salted_hmac(f"feedback.{purpose}", value, secret=settings.INDEX_KEY, algorithm="sha256").hexdigest()
