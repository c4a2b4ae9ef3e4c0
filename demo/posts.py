"""What the four programs send: our own texts and real complaints, from customers of our invention, as one fixed plan.

The plan follows from the moment at which the demonstration began, so that a later check can ask for every message.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.utils import timezone

from demo import stories, words
from demo.institution import NAMES, desks
from demo.others import TWICE
from demo.outlines import Outline, outlines

SAMPLES = settings.BASE_DIR / "samples"
DAYS = 20  # over which the messages are spread
HOURS = (0, 0, 0, 0, 0, 0, 0, 1, 3, 8, 10, 9, 5, 6, 9, 9, 8, 6, 4, 3, 3, 2, 1, 0)  # weight of each hour of the day
CHANNELS = {"phone": 4, "wechat": 3, "app": 5, "web": 3}  # how often each brings an English text
COME_BACK = 12  # every twelfth customer speaks again
AMOUNTS = 0.4  # share of English complaints that name one
SCORES = 12
OUT_OF_ORDER = 40  # messages within which the order is lost
REPEATED, LOST = 0.15, 0.04  # shares


@dataclass(frozen=True)
class Post:
    """One message. `outline` says what becomes of its case; None where it joins one, only gives scores, or is in the
    story of another.
    """

    body: Mapping[str, Any]
    occurred_at: datetime
    sample: Mapping[str, Any]
    outline: Outline | None = None

    @property
    def key(self) -> str:
        return self.body["external_id"]

    @property
    def channel(self) -> str:
        return self.body["channel"]


@dataclass(frozen=True)
class Sending:
    """One transmission of a message. `lost`: the sender's line breaks before the answer comes, so it sends again."""

    post: Post
    lost: bool = False


def plan(began_at: datetime) -> list[Post]:
    """Every message of the demonstration; the same for the same beginning."""
    samples = [*rows("zh_feedback.jsonl"), *rows("cfpb_complaints.jsonl")]
    chance, units = Random("messages"), list(desks())
    posts = [
        message(number, sample, outline, began_at=began_at, units=units, chance=chance)
        for number, (sample, outline) in enumerate(zip(samples, outlines(samples), strict=True))
    ]
    posts += [raised_again(post, began_at=began_at) for post in posts if post.outline and post.outline.twice]
    posts += [written_again(post, began_at=began_at, chance=chance) for post in posts if "again" in post.sample]
    return posts + [scores(number, began_at=began_at, chance=chance) for number in range(SCORES)]


def message(
    number: int,
    sample: Mapping[str, Any],
    outline: Outline,
    *,
    began_at: datetime,
    units: list[str],
    chance: Random,
) -> Post:
    channel = sample.get("channel") or chance.choices([*CHANNELS], [*CHANNELS.values()])[0]
    occurred_at = time_of_speaking(outline, began_at, chance)
    body = {
        "channel": channel,
        "external_id": f"{channel}-{sample['id']}",
        "nature": sample.get("nature", "complaint"),
        "occurred_at": occurred_at.isoformat(),
        "unit": chance.choice(units),
        "customer": customer(number, channel),
        "business_line": sample["business_line"],
        **said(sample, channel),
        **at_stake(sample, outline, chance),
    }
    if channel == "wechat" or "again" in sample:
        body["thread"] = f"conversation-{sample['id']}"
    return Post(body, occurred_at, sample, outline)


def time_of_speaking(outline: Outline, began_at: datetime, chance: Random) -> datetime:
    """A moment so long ago as the outline says; where that is days, at an hour at which people speak."""
    day = timezone.localtime(began_at - timedelta(days=chance.uniform(outline.youngest, outline.oldest)))
    if outline.oldest < 1:  # what is settled at once came in on this working day or the one before
        return day
    hour = chance.choices(range(24), HOURS)[0]
    at = day.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60), microsecond=0)
    return at if at < began_at else at - timedelta(days=1)


def customer(number: int, channel: str) -> dict[str, str]:
    """Somebody of our invention; some have spoken before."""
    person = number - COME_BACK if number % COME_BACK == COME_BACK - 1 and number > COME_BACK else number
    names = json.loads(NAMES.read_text(encoding="utf-8"))
    chance = Random(f"customer {person}")
    found = {
        "customer_no": f"SF{person:06d}",
        "name": chance.choice(names["surnames"]) + chance.choice(names["given_names"]),
        "phone": f"1380013{8000 + person}",
    }
    return found | ({"openid": f"oDemo{person:023d}"} if channel == "wechat" else {})


def said(sample: Mapping[str, Any], channel: str) -> dict[str, str]:
    """Words and product; in WeChat nobody writes a title, and the CFPB's is the issue, where it gave one."""
    here = sample
    if "narrative" in sample:
        here = {"subject": sample["issue"][:200], "text": sample["narrative"], "product": sample["product"][:80]}
    names = ("text", "touchpoint", "product") if channel == "wechat" else ("subject", "text", "touchpoint", "product")
    return {name: here[name] for name in names if here.get(name)}


def at_stake(sample: Mapping[str, Any], outline: Outline, chance: Random) -> dict[str, str]:
    """An amount in yuan; what is settled at once is about no money that the text does not name."""
    if "amount" in sample:
        return {"amount": sample["amount"]}
    if "narrative" in sample and outline.story is not stories.settled and chance.random() < AMOUNTS:
        return {"amount": f"{chance.lognormvariate(6.2, 1.1):.2f}"}
    return {}


def written_again(post: Post, *, began_at: datetime, chance: Random) -> Post:
    """The customer of a conversation asks how far it is or sends more: this joins the case, it opens none."""
    later = min(timedelta(minutes=chance.randrange(2, 300)), (began_at - post.occurred_at) / 2)
    at = (post.occurred_at + later).replace(microsecond=0)
    names = ("channel", "nature", "unit", "customer", "thread", "business_line")
    body = {name: post.body[name] for name in names}
    body |= {"external_id": f"{post.key}-again", "occurred_at": at.isoformat(), "text": post.sample["again"]}
    return Post(body, at, post.sample)


def raised_again(post: Post, *, began_at: datetime) -> Post:
    """The customer raises the same once more, in another conversation: this opens another case."""
    at = (post.occurred_at + (began_at - post.occurred_at) / 2).replace(microsecond=0)
    names = ("channel", "nature", "unit", "customer", "business_line")
    body = {name: post.body[name] for name in names} | {"text": words.RAISED_AGAIN}
    return Post(body | {"external_id": post.key + TWICE, "occurred_at": at.isoformat()}, at, {})


def scores(number: int, *, began_at: datetime, chance: Random) -> Post:
    """A rating in the app without a word: feedback, and no case."""
    at = began_at - timedelta(hours=1 + number)
    body = {
        "channel": "app",
        "external_id": f"app-score-{number}",
        "nature": "praise",
        "occurred_at": at.isoformat(),
        "scores": {"csat": chance.choices([5, 4, 3, 2], [6, 3, 1, 1])[0]},
    }
    return Post(body, at, {})


def sendings(posts: list[Post], channel: str) -> list[Sending]:
    """What one program transmits, in its order: not quite the customers' one, some twice, some after a lost answer.

    Within a conversation the order holds: its first message gives the case its title.
    """
    chance = Random(f"line {channel}")
    mine = sorted((post for post in posts if post.channel == channel), key=lambda post: post.occurred_at)
    places: list[tuple[float, Post]] = []
    begun: dict[str, float] = {}
    for number, post in enumerate(mine):
        thread = post.body.get("thread", post.key)
        begun[thread] = max(number + chance.uniform(0, OUT_OF_ORDER), begun.get(thread, 0))
        places.append((begun[thread], post))
    repeats = [(place + chance.uniform(1, OUT_OF_ORDER), post) for place, post in places if chance.random() < REPEATED]
    in_order = sorted(places + repeats, key=lambda placed: placed[0])
    return [Sending(post, lost=chance.random() < LOST) for _, post in in_order]


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()]
