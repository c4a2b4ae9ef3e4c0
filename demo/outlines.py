"""How many cases of the demonstration go which way, and how long ago their customers spoke."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from demo import amends, evidence, groups, helping, mergers, promising, reviews, speakers, spots, stories, terms
from demo.stories import Step, Work


@dataclass(frozen=True)
class Outline:
    """One way that cases go.

    share     of a thousand complaints
    youngest, oldest  days since the customer spoke
    surveyed  the customer is asked at the end, and most of them answer
    twice     the customer raises the same once more, which opens another case
    """

    story: Callable[[Work], Iterator[Step]]
    share: int
    youngest: float
    oldest: float
    surveyed: bool = False
    twice: bool = False


# 19 days and not 20: the hour of the day may move a moment back by one more.
COMPLAINTS = (
    Outline(stories.settled, 180, 0.05, 0.6),
    Outline(stories.closed, 272, 1, 19, surveyed=True),
    Outline(spots.confirmed, 14, 0.05, 0.6),
    Outline(spots.differing, 6, 0.05, 0.6),
    Outline(stories.returned, 30, 3, 19, surveyed=True),
    Outline(stories.told, 60, 1, 9, surveyed=True),
    Outline(stories.late, 8, 17, 19, surveyed=True),
    Outline(stories.working, 8, 17, 19),  # left to breach
    Outline(stories.disputed, 6, 6, 14),
    Outline(stories.reopened, 6, 6, 14),
    Outline(stories.withdrawn, 20, 1, 9),
    Outline(stories.taken_back, 4, 1, 9),
    Outline(stories.declined, 2, 1, 5),
    Outline(stories.renewed, 4, 3, 9),
    Outline(stories.extended, 4, 3, 9),
    Outline(reviews.upheld, 4, 3, 9),
    Outline(reviews.sent_back, 4, 3, 9),
    Outline(mergers.merged, 4, 1, 2, surveyed=True, twice=True),
    Outline(mergers.taken_apart, 4, 1, 2, twice=True),
    Outline(groups.gathered, 4, 1, 2, twice=True),
    Outline(amends.paid, 12, 3, 19, surveyed=True),
    Outline(amends.owed, 8, 1, 4, surveyed=True),
    Outline(amends.withdrawn, 4, 1, 4),
    Outline(amends.given_back, 2, 1, 4),
    Outline(amends.answered_for, 12, 3, 19, surveyed=True),
    Outline(amends.appealed, 4, 3, 19, surveyed=True),
    Outline(speakers.by_an_agent, 8, 3, 9),
    Outline(speakers.by_an_heir, 4, 0.2, 3),
    Outline(speakers.jointly, 4, 3, 9, surveyed=True),
    Outline(promising.called_back, 4, 1, 9),
    Outline(promising.kept, 4, 1, 9, surveyed=True),
    Outline(promising.waiting, 4, 0.5, 3),
    Outline(helping.answered, 8, 2, 9),
    Outline(helping.returned, 4, 1, 5),
    Outline(helping.waiting, 6, 0.5, 6),
    Outline(helping.countersigned, 4, 2, 9),
    Outline(helping.to_countersign, 4, 0.5, 6),
    Outline(helping.by_partner, 4, 2, 9),
    Outline(helping.ordered, 4, 1, 6),
    Outline(helping.still_ordered, 4, 1, 4),
    Outline(terms.by_regulator, 4, 3, 9),
    Outline(terms.by_central_bank, 4, 3, 9),
    Outline(terms.agreed, 4, 1, 9),
    Outline(terms.mediated, 4, 3, 9),
    Outline(terms.grave, 4, 0.2, 8),
    Outline(stories.asked, 25, 0.5, 6),
    Outline(stories.mediated, 10, 3, 9),
    Outline(stories.drafted, 32, 1, 7),
    Outline(stories.decided, 26, 1, 8),
    Outline(stories.working, 42, 0.2, 8),
    Outline(evidence.attached, 4, 0.2, 8),
    Outline(stories.hard, 10, 2, 8),
    Outline(stories.offered, 25, 0.1, 2),
    Outline(stories.refused, 10, 0.1, 2),
    Outline(stories.ruled, 4, 0.2, 3),
    Outline(stories.untouched, 40, 0.02, 1),
)
REPLIED = Outline(stories.replied, 0, 0.1, 2)
UNTOUCHED = Outline(stories.untouched, 0, 0.02, 1)
LEFT_OPEN = 5  # every fifth enquiry, suggestion or praise waits for its reply


def outlines(samples: Sequence[Mapping[str, Any]]) -> list[Outline]:
    """Which way the case of each sample goes, in their order; always the same."""
    complaints = sum(is_complaint(sample) for sample in samples)
    ways = iter(shuffled(complaints))
    others = 0
    found = []
    for sample in samples:
        if is_complaint(sample):
            found.append(next(ways))
        else:
            others += 1
            found.append(UNTOUCHED if others % LEFT_OPEN == 0 else REPLIED)
    return found


def shuffled(count: int) -> list[Outline]:
    """The outlines of `count` complaints by their shares; what rounding leaves over is closed in time."""
    ways = [way for way in COMPLAINTS for _ in range(max(1, count * way.share // 1000))]
    ways += [COMPLAINTS[1]] * (count - len(ways))
    Random("ways").shuffle(ways)
    return ways[:count]


def is_complaint(sample: Mapping[str, Any]) -> bool:
    return sample.get("nature", "complaint") == "complaint"
