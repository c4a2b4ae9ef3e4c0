"""A small world for this room: two legal entities, and messages that arrive at one moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from feedback.models import Customer, Feedback
from feedback.services import Inbound, content_hash
from organization.models import LegalEntity, User

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def entity(db) -> LegalEntity:
    return LegalEntity.objects.create(code="bank", name="示例银行")


@pytest.fixture
def other_entity(db) -> LegalEntity:
    return LegalEntity.objects.create(code="insurer", name="示例保险")


@pytest.fixture
def recipient(db) -> User:
    return User.objects.create(username="recipient", display_name="同事", email="recipient@example.com")


def written(entity: LegalEntity, **given: str) -> Feedback:
    """A message whose writer gave these values."""
    customer = Customer.objects.create(legal_entity=entity, identity=str(given), created_at=NOON, **given)
    times = {"occurred_at": NOON, "received_at": NOON, "stored_at": NOON}
    said = {"channel": "web", "external_id": str(given), "nature": "complaint"}
    return Feedback.objects.create(legal_entity=entity, customer=customer, **said, **times, **given)


@pytest.fixture
def message() -> Callable[..., Inbound]:
    """Make an inbound message: `message(text=..., phone=...)`; customer keys may be given by name."""

    def make(**given: Any) -> Inbound:
        keys = ("customer_no", "name", "phone", "id_no", "email", "openid")
        customer = {key: given.pop(key) for key in keys if key in given}
        body = {"channel": "phone", "external_id": "1", "text": "卡被吞了", "customer": customer} | given
        defaults = {"nature": "complaint", "occurred_at": NOON, "received_at": NOON}
        return Inbound(**defaults | body, content_hash=content_hash(body))

    return make


@pytest.fixture
def admin_reader(recipient) -> User:
    """Somebody who may open sealed values; each opening is on record."""
    return recipient
