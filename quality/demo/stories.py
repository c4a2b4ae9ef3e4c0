"""What people do with a case, verb by verb, until it stands where its outline wants it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from quality.demo.institution import Desk
from quality.demo.words import ASKED, COMMENTS, DECISIONS, NOTED, REMEDIES, decision_of, first

# business channel A by the channel that brought the message
BUSINESS_CHANNEL = {"phone": "A10302", "wechat": "A10304", "app": "A10303", "web": "A10301"}
METHOD = {"phone": "PHONE", "wechat": "WECHAT", "app": "PHONE", "web": "PHONE"}
ROOT_CAUSE = {"C01": "R04", "C02": "R03", "C04": "R08", "C05": "R08", "C06": "R05", "C07": "R07", "C10": "R11", "C11": "R05", "C12": "R09"}
TOLD_WITHIN = 14 * 24  # hours: the 15 days of the law, less one
MEDIAN_TOLD = 4 * 24  # hours


@dataclass(frozen=True)
class Step:
    """One verb of one person."""

    who: str
    verb: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """A case as its story needs it: where it lies, what was said, and its own source of chance."""

    desk: Desk
    channel: str
    nature: str
    sample: Mapping[str, Any]
    occurred_at: datetime
    began_at: datetime
    chance: Random
