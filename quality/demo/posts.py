"""What the four programs send: real complaints and our own texts, customers of our invention, as one fixed plan.

The plan follows from the moment at which the demonstration began, so that a later check can ask for every message.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings

from quality.demo.institution import CHANNELS, NAMES, desks
from quality.demo.outlines import OUTLINES, Outline, outlines

SAMPLES = settings.BASE_DIR / "samples"
DAYS = 20
HOURS = (0, 0, 0, 0, 0, 0, 0, 1, 3, 8, 10, 9, 5, 6, 9, 9, 8, 6, 4, 3, 3, 2, 1, 0)  # weight of each hour of a day
MONTHS_OF = {"phone": 4, "wechat": 3, "app": 5, "web": 3}  # how often a channel brings an English text
FOLLOW_UPS, BARE_SCORES = 14, 12
REPEATED, LOST_ANSWER = 0.15, 0.04  # shares of the messages
SENT_OUT_OF_ORDER = 40  # messages within which the order is lost
SETTLE_LIMIT = Decimal(500)  # yuan


@dataclass(frozen=True)
class Post:
    """One message. `outline` says what becomes of its case; None for messages that join one or only give scores.

    sample   the row of samples/ that it was made from
    repeats  how often it is sent once more; lost: the first answer never arrives
    """

    channel: str
    external_id: str
    body: Mapping[str, Any]
    sample: Mapping[str, Any]
    unit: str
    occurred_at: datetime
    outline: Outline | None = None
    repeats: int = 0
    lost: bool = False


@dataclass
class Maker:
    """Makes the messages one after the other from one source of chance."""

    began_at: datetime
    chance: Random = field(default_factory=lambda: Random("messages"))

    def __post_init__(self) -> None:
        given = json.loads(NAMES.read_text(encoding="utf-8"))
        self.surnames, self.given_names = given["surnames"], given["given_names"]
        self.units = list(desks())

    def post(self, number: int, sample: Mapping[str, Any], outline: Outline) -> Post:
        channel = sample.get("channel") or self.chance.choices([*MONTHS_OF], [*MONTHS_OF.values()])[0]
        unit = self.chance.choice(self.units)
        occurred_at = self.moment(*outline.age_days)
        body = {
            "channel": channel,
            "external_id": f"{channel}-{sample['id']}",
            "nature": sample.get("nature", "complaint"),
            "occurred_at": occurred_at.isoformat(),
            "unit": unit,
            "customer": self.customer(number, channel),
            "business_line": sample["business_line"],
            **said(sample),
            **self.amount(sample, outline),
        }
        return Post(
            channel=channel,
            external_id=body["external_id"],
            body=body,
            sample=sample,
            unit=unit,
            occurred_at=occurred_at,
            outline=outline,
            repeats=int(self.chance.random() < REPEATED),
            lost=self.chance.random() < LOST_ANSWER,
        )

    def moment(self, youngest_days: float, oldest_days: float) -> datetime:
        """A moment so many days back, in the hours in which people call."""
        back = self.chance.uniform(youngest_days, oldest_days)
        local = (self.began_at - timedelta(days=back)).astimezone(self.began_at.tzinfo)
        hour = self.chance.choices(range(24), HOURS)[0]
        moment = local.replace(hour=hour, minute=self.chance.randrange(60), second=self.chance.randrange(60))
        return moment if moment < self.began_at else moment - timedelta(days=1)

    def customer(self, number: int, channel: str) -> dict[str, str]:
        """Somebody of our invention; every twelfth has spoken to us before."""
        person = number - 12 if number % 12 == 11 else number
        chance = Random(f"customer {person}")
        customer = {
            "customer_no": f"SF{person:06d}",
            "name": chance.choice(self.surnames) + chance.choice(self.given_names),
            "phone": f"1380013{8000 + person:04d}"[:11],
        }
        return customer | ({"openid": f"oDemo{person:023d}"} if channel == "wechat" else {})

    def amount(self, sample: Mapping[str, Any], outline: Outline) -> dict[str, str]:
        """What is at stake, in yuan; matters settled at once are small ones."""
        if "amount" in sample:
            return {"amount": sample["amount"]}
        if self.chance.random() < 0.4 and not outline.small:
            return {"amount": f"{self.chance.lognormvariate(6.2, 1.1):.2f}"}
        return {}


def said(sample: Mapping[str, Any]) -> dict[str, str]:
    if "narrative" in sample:
        return {"subject": sample["issue"] or sample["product"], "text": sample["narrative"], "product": sample["product"][:80]}
    return {"subject": sample["subject"], "text": sample["text"], "touchpoint": sample["touchpoint"]}


def plan(began_at: datetime) -> list[Post]:
    """Every message of the demonstration, by the moment of the customer; the same for the same beginning."""
    maker = Maker(began_at)
    samples = [*rows("zh_feedback.jsonl"), *rows("cfpb_complaints.jsonl")]
    told = outlines(samples)
    posts = [maker.post(number, sample, told[sample["id"]]) for number, sample in enumerate(samples)]
    posts += [follow_up(maker, post, number) for number, post in enumerate(conversations(posts))]
    posts += [scores(maker, number) for number in range(BARE_SCORES)]
    return sorted(posts, key=lambda post: post.occurred_at)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()]


def conversations(posts: list[Post]) -> list[Post]:
    """Messages that begin a conversation at WeChat, whose customers write again."""
    return [post for post in posts if "thread" in post.body]


def follow_up(maker: Maker, post: Post, number: int) -> Post:
    raise NotImplementedError


def scores(maker: Maker, number: int) -> Post:
    raise NotImplementedError


def sending_order(posts: list[Post], channel: str) -> Iterator[Post]:
    raise NotImplementedError
