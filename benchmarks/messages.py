"""Messages as a channel sends them, and the client that sends them."""

import json
import random
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from django.utils import timezone

from complaints.api.intake import FeedbackInput, incoming
from complaints.services.intake import take_in
from organization.models import ApiClient
from organization.services import create_client, unit_by_code
from organization.services.setup import ROOT

CUSTOMERS = 20_000  # most messages come from somebody new, some from somebody known
NUMBERS = count()
TEXT = "我的信用卡年费被重复扣了两次，客服热线说三天之内退款，可是一直没有收到。" + "请尽快核实并且退回。" * 6


@cache
def sender() -> tuple[ApiClient, str]:
    """The client of all measurements and its key."""
    return create_client("benchmarks", channels=["app"], unit=unit_by_code(ROOT), per_minute=10**9, at=timezone.now())


def message(occurred_at: datetime | None = None) -> dict[str, Any]:
    """A complaint of 100 characters with its customer's number, name and phone; every fourth says the phone again."""
    number, customer = next(NUMBERS), random.randrange(CUSTOMERS)
    phone = f"138{customer:08d}"
    body: dict[str, Any] = {
        "channel": "app",
        "external_id": f"bench-{number}",
        "subject": "信用卡年费重复扣收",
        "text": TEXT if number % 4 else f"{TEXT}请打 {phone}。",
        "customer": {"customer_no": f"K{customer}", "name": "王小明", "phone": phone},
    }
    return body | ({"occurred_at": occurred_at.isoformat()} if occurred_at else {})


def posted_bodies() -> Iterator[bytes]:
    while True:
        yield json.dumps(message(), ensure_ascii=False).encode()


def take_in_many(number: int, *, occurred_at: datetime | None = None) -> None:
    """Open cases by the service that the door calls."""
    at = timezone.now()
    for _ in range(number):
        take_in(incoming(FeedbackInput.read(message(occurred_at)), sender()[0], at=at), at=at)
