"""协办: another unit is asked, answers, is asked again, or lets a customer wait. 督办: an answer is ordered."""

from datetime import timedelta

from django.utils import timezone

from demo import stories, words
from demo.institution import PARTNERS, PROTECTION, Desk, desks
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
    yield work.by_worker("copy_in", reader=work.checker)


def by_partner(work: Work) -> Story:
    """A partner institution is asked through the branch that keeps it; then it is decided and told."""
    kept = next(code for code, _name, _kind, unit in PARTNERS if unit != work.desk.code)
    keeper = desks()[next(unit for code, _name, _kind, unit in PARTNERS if code == kept)]
    yield from stories.working(work)
    yield work.by_worker("classify", **work.category(), partner=kept)
    yield work.by_worker("add_task", partner=kept, ask=words.PARTNER_ASKED)
    yield Step(keeper.holder, "accept_task")
    yield Step(keeper.holder, "answer_task", {"answer": words.PARTNER_ANSWERED})
    yield stories.draft(work)
    yield Step(work.checker, "approve_decision")
    yield stories.tell(work)


def to_countersign(work: Work) -> Story:
    """A draft that another unit is to give its opinion on."""
    yield from stories.working(work)
    yield work.by_worker("classify", **work.category())
    yield stories.draft(work)
    yield work.by_worker("countersign", unit=there(work).code, ask=words.TO_COUNTERSIGN)


def countersigned(work: Work) -> Story:
    """The other unit objects to the first draft and agrees to the second; then the customer is told."""
    yield from to_countersign(work)
    yield Step(there(work).head, "give_opinion", {"agrees": False, "opinion": words.OBJECTED})
    yield Step(work.checker, "return_decision", {"reason": words.RETURNED})
    yield stories.draft(work)
    yield work.by_worker("countersign", unit=there(work).code, ask=words.TO_COUNTERSIGN)
    yield Step(there(work).head, "give_opinion", {"agrees": True, "opinion": words.AGREED})
    yield Step(work.checker, "approve_decision")
    yield stories.tell(work)


def order(work: Work) -> Step:
    until = timezone.localdate() + timedelta(days=3)
    return Step(PROTECTION, "supervise", {"ask": words.ORDERED, "until": f"{until}"})


def ordered(work: Work) -> Story:
    """The head of the unit answers what the consumer-protection department ordered."""
    yield from stories.working(work)
    yield order(work)
    yield Step(work.head, "answer_task", {"answer": words.ORDER_ANSWERED})


def still_ordered(work: Work) -> Story:
    """The customer was told; nobody has answered the order, so that the case is not filed."""
    yield from stories.told(work)
    yield Step(PROTECTION, "watch")
    yield order(work)
