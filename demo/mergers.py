"""合并: a customer raises the same matter twice, and it is handled in one case; or it turns out to be another one."""

from demo import stories, words
from demo.others import AGAIN, THE_FIRST
from demo.stories import Step, Story, Work


def merged(work: Work) -> Story:
    """合并: what was raised again is handled in the first case, decided and told once."""
    yield from stories.working(work)
    yield merge(work)
    yield work.by_worker("classify", **work.category())
    yield stories.draft(work)
    yield Step(work.checker, "approve_decision")
    yield stories.tell(work)


def taken_apart(work: Work) -> Story:
    """取消合并: it was another matter after all, and both go on."""
    yield from stories.working(work)
    yield merge(work)
    yield Step(work.boss, "unmerge", {"reason": words.ANOTHER_MATTER}, on=AGAIN)


def merge(work: Work) -> Step:
    """By somebody above, who had no part in either."""
    return Step(work.boss, "merge", {"into": THE_FIRST, "reason": words.SAME_MATTER}, on=AGAIN)
