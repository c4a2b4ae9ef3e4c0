"""Twelve months that lie behind the demonstration: finished cases of the same desks, as another system left them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from django.utils import timezone

from complaints.desk.beginning import CAME_BY
from complaints.models import CONDUCT
from complaints.services.importing import Finished
from demo.institution import Desk, desks
from demo.outlines import is_complaint
from demo.posts import CHANNELS, DAYS, HOURS, rows
from organization.models import BusinessLine, Team, Unit, User

CASES = 6_000
YEAR = 365  # days
# what each month brings: March has the consumers' day, November the sales, December the year's end
SEASON = (1.15, 0.85, 1.35, 1.0, 0.95, 0.95, 0.9, 0.9, 1.0, 0.95, 1.2, 1.25)
WEEKDAYS = (1.25, 1.1, 1.05, 1.0, 1.05, 0.55, 0.45)
SLOWER = {"B2": 1.0, "B3": 1.25}  # some branches take longer; the others 0.9
MEDIAN_DAYS, SPREAD = (7.6, 5.6), 0.62  # until the customer is told, at the year's beginning and end
CONTENT = (0.86, 0.91)  # share of the customers who are, at the year's beginning and end
KNOWN = ("category", "reason", "finding", "demand_met", "root_cause", "touchpoint")  # of a sample
AT_ONCE, AT_ONCE_HOURS = 0.2, 6


@dataclass(frozen=True)
class Places:
    """The rows of the institution that the cases name."""

    units: Mapping[str, Unit]
    teams: Mapping[str, Team]  # by unit code
    people: Mapping[str, User]
    lines: Mapping[str, BusinessLine]


def history(began_at: datetime) -> Iterator[Finished]:
    """`CASES` finished cases of the year before the live ones; the same for the same beginning."""
    chance = Random("history")
    places = Places(
        units={unit.code: unit for unit in Unit.objects.all()},
        teams={team.unit.code: team for team in Team.objects.select_related("unit").order_by("-pk")},
        people={user.username: user for user in User.objects.all()},
        lines={line.code: line for line in BusinessLine.objects.all()},
    )
    today = timezone.localtime(began_at)
    days = [today - timedelta(days=back) for back in range(DAYS + 1, YEAR)]
    weights = [SEASON[day.month - 1] * WEEKDAYS[day.weekday()] for day in days]
    samples = [sample for sample in rows("zh_feedback.jsonl") if is_complaint(sample) and "subject" in sample]
    tables = list(desks().values())
    for day in sorted(chance.choices(days, weights, k=CASES)):
        yield finished(chance.choice(samples), chance.choice(tables), day, places, began_at=began_at, chance=chance)


def finished(
    sample: Mapping[str, Any], desk: Desk, day: datetime, places: Places, *, began_at: datetime, chance: Random
) -> Finished:
    """One case of that day; over the year people become quicker and customers more content."""
    progress = 1 - (began_at - day).days / YEAR
    received_at = day.replace(
        hour=chance.choices(range(24), HOURS)[0], minute=chance.randrange(60), second=chance.randrange(60)
    )
    settled = chance.random() < AT_ONCE
    median = between(MEDIAN_DAYS, progress) * SLOWER.get(desk.code[:2], 0.9)
    hours = chance.uniform(0.2, AT_ONCE_HOURS) if settled else 24 * chance.lognormvariate(log(median), SPREAD)
    notified_at = min(received_at + timedelta(hours=hours), began_at - timedelta(hours=2))
    channel = chance.choices([*CHANNELS], [*CHANNELS.values()])[0]
    satisfaction = view(between(CONTENT, progress), chance)
    return Finished(
        unit=places.units[desk.code],
        owner=places.people[chance.choice(desk.workers)],
        team=places.teams.get(desk.code),
        business_line=places.lines[sample["business_line"]],
        channel=channel,
        subject=sample["subject"],
        received_at=received_at,
        notified_at=notified_at,
        closed_at=min(notified_at + timedelta(hours=chance.uniform(1, 72)), began_at - timedelta(hours=1)),
        facts={
            "business_channel": CAME_BY[channel],
            **{name: sample[name] for name in KNOWN},
            "complained_unit": places.units[desk.elsewhere if sample["reason"] in CONDUCT else desk.code],
            "close_reason": "DECIDED",
            "settled": settled,
            "satisfaction": satisfaction,
            "accepted": None if satisfaction == "not_obtained" else satisfaction != "dissatisfied",
        },
    )


def view(content: float, chance: Random) -> str:
    """What the customer says of the result."""
    rest = 1 - content
    views = ["satisfied", "no_objection", "dissatisfied", "not_obtained"]
    return chance.choices(views, [content * 0.78, content * 0.22, rest * 0.6, rest * 0.4])[0]


def between(ends: tuple[float, float], progress: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * progress
