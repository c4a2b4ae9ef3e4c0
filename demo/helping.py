"""协办: another unit is asked, answers, is asked again, or lets a customer wait."""

from demo import stories, words
from demo.institution import Desk, desks
from demo.stories import Step, Story, Work


def there(work: Work) -> Desk:
    """The desk of a unit that this one does not read the cases of, nor the other way round."""
    return desks()[work.desk.elsewhere]


def ask(work: Work) -> Step:
    return work.by_worker("add_task", unit=there(work).code, ask=words.HELP_ASKED)


def answer(work: Work, text: str) -> Step:
    return Step(there(work).holder, "answer_task", {"answer": text})


def answered(work: Work) -> Story:
    """Asked, signed for and answered; then decided and told."""
    yield from stories.working(work)
    yield ask(work)
    yield Step(there(work).holder, "accept_task")
    yield answer(work, words.HELPED)
    yield work.by_worker("classify", **work.category())
    yield stories.draft(work)
    yield Step(work.checker, "approve_decision")
    yield stories.tell(work)


def returned(work: Work) -> Story:
    """The first answer does not do; the second one does."""
    yield from stories.working(work)
    yield ask(work)
    yield answer(work, words.HELPED_BADLY)
    yield work.by_worker("return_task", reason=words.HELP_LACKS)
    yield answer(work, words.HELPED)


def waiting(work: Work) -> Story:
    """Asked and chased; nobody has answered."""
    yield from stories.working(work)
    yield ask(work)
    yield work.by_worker("chase_task", text=words.HELP_CHASED)
