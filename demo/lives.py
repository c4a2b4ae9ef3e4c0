"""The lives of the cases of a large load: the stories of the demonstration, and longer ones made of them."""

from collections.abc import Callable
from dataclasses import dataclass

from demo import stories, words
from demo.stories import Step, Story, Work

ANSWERED = "answer_survey"  # no verb of ours: the customer opens the link


@dataclass(frozen=True)
class Life:
    """One way that cases go.

    share    of a thousand finished ones, or of a thousand open ones
    age      hours since the customer spoke, of an open one
    slow     the working days that pass before the decision is drafted
    kinds    of tables (demo.bank.Table) where it happens
    """

    story: Callable[[Work], Story]
    share: int
    age: float = 0
    slow: int = 0
    nature: str = "complaint"
    kinds: tuple[str, ...] = ("team", "counter")


def answered(work: Work) -> Story:
    """Told, and the customer says by the survey how content he is."""
    yield from stories.told(work)
    yield content(work)
    yield stories.filed(work)


def content(work: Work) -> Step:
    answer = work.chance.choices(["satisfied", "no_objection", "dissatisfied"], [70, 22, 8])[0]
    return Step("", ANSWERED, {"satisfaction": answer, "comment": work.chance.choice(words.COMMENTS[answer])})


def second_round(work: Work) -> Story:
    """Disputed, decided and told anew, filed."""
    yield from stories.disputed(work)
    yield from again(work)


def came_back(work: Work) -> Story:
    """Filed, taken up again because the customer does not accept the result, filed."""
    yield from stories.reopened(work)
    yield from again(work)


def again(work: Work) -> Story:
    yield stories.draft(work)
    yield Step(work.checker, "approve_decision")
    yield stories.tell(work)
    yield content(work)
    yield stories.filed(work)


def sent_back(work: Work) -> Story:
    """Refused once, given out again, and worked to its end."""
    yield from stories.refused(work)
    yield from stories.closed(work)


def paused(work: Work) -> Story:
    """The customer was asked for something, answered, and the case went to its end."""
    yield from stories.asked(work)
    yield work.by_worker("resume")
    yield work.by_worker("classify", **work.category())
    yield stories.draft(work)
    yield Step(work.checker, "approve_decision")
    yield stories.tell(work)
    yield stories.call(work)
    yield stories.filed(work)


FINISHED = (
    Life(stories.settled, 420),
    Life(stories.replied, 200, nature="enquiry"),
    Life(stories.replied, 90, nature="suggestion"),
    Life(stories.replied, 70, nature="praise"),
    Life(answered, 65),
    Life(stories.closed, 45, slow=1),
    Life(stories.returned, 10, slow=2),
    Life(stories.late, 6, slow=14),
    Life(paused, 12),
    Life(second_round, 12, slow=1),
    Life(came_back, 8),
    Life(sent_back, 18, kinds=("team",)),
    Life(stories.withdrawn, 36),
    Life(stories.declined, 8),
)
OPEN = (
    Life(stories.untouched, 170, age=6),
    Life(stories.untouched, 30, age=3, nature="enquiry"),
    Life(stories.offered, 110, age=10, kinds=("team",)),
    Life(stories.refused, 40, age=30, kinds=("team",)),
    Life(stories.working, 190, age=75),
    Life(stories.hard, 40, age=120),
    Life(stories.working, 30, age=18 * 24),  # left to breach
    Life(stories.asked, 70, age=80),
    Life(stories.mediated, 30, age=150),
    Life(stories.drafted, 90, age=96),
    Life(stories.decided, 70, age=100),
    Life(stories.told, 90, age=130),
    Life(stories.disputed, 30, age=190),
    Life(stories.renewed, 10, age=140),
    Life(stories.extended, 10, age=140),
)
