"""抽查: what stands on one person's word is put in the sample, and somebody of another team calls the customer."""

from demo import stories, words
from demo.institution import PROTECTION
from demo.stories import Step, Story, Work


def confirmed(work: Work) -> Story:
    """The customer says what was recorded."""
    yield from checked(work, as_recorded=True, satisfaction="satisfied")


def differing(work: Work) -> Story:
    """The customer was told, and is not content as was recorded: it counts against who settled."""
    yield from checked(work, as_recorded=False, satisfaction="dissatisfied")


def checked(work: Work, *, as_recorded: bool, satisfaction: str) -> Story:
    yield from stories.settled(work)
    yield Step(work.boss, "draw_spot")
    found = {"as_recorded": as_recorded, "satisfaction": satisfaction, "recording": work.evidence()}
    yield Step(PROTECTION, "check_spot", {**found, "gist": words.CHECKED[as_recorded]})
