"""减免补偿、责任认定: what customers are promised and paid, and which unit answers for what went wrong."""

from datetime import timedelta

from django.utils import timezone

from demo import stories, words
from demo.institution import HEAD_OFFICE_SUPERVISOR, PROTECTION
from demo.stories import Step, Story, Work

PAID_WITHIN = timedelta(days=5)


def paid(work: Work) -> Story:
    """Promised within the worker's own limit, decided and agreed on paper, paid by somebody else, and filed."""
    yield from stories.decided(work)
    yield promise(work, "REFUND", 180.5)
    yield work.by_worker("issue_letter", kind="decision")
    yield work.by_worker("issue_letter", kind="settlement")
    yield stories.tell(work)
    yield Step(work.boss, "pay_redress", {"evidence": f"PAY-{work.evidence()}"})
    yield stories.call(work)
    yield stories.filed(work)


def owed(work: Work) -> Story:
    """More than the worker may give alone: granted by whoever may, with an agreement, and not paid yet."""
    yield from stories.decided(work)
    until = timezone.localdate() + PAID_WITHIN
    yield promise(work, "GOODWILL", 3600, demanded="5000.00", agreement=f"XY-{work.evidence()}", pay_by=f"{until}")
    yield stories.granted(work)
    yield stories.tell(work)


def withdrawn(work: Work) -> Story:
    """和解后撤回: taken back for what was promised, which is owed all the same."""
    yield from stories.working(work)
    yield promise(work, "POINTS", 300)
    yield stories.withdraw(work)
    yield stories.granted(work)


def given_back(work: Work) -> Story:
    """The customer wants none of it: taken back by two people."""
    yield from stories.working(work)
    yield promise(work, "GOODWILL", 100)
    yield work.by_worker("take_back_redress", reason=words.DECLINED_REDRESS)
    yield stories.granted(work)


def promise(work: Work, kind: str, amount: float, **more: str) -> Step:
    given = {"kind": kind, "amount": f"{amount:.2f}", "reason": words.MADE_GOOD, **more}
    return work.by_worker("propose_redress", **given)


def answered_for(work: Work) -> Story:
    """有责: ruled on from above once the customer was told."""
    yield from stories.closed(work)
    yield at_fault(work)


def appealed(work: Work) -> Story:
    """The unit objects, and somebody else finds it without fault."""
    yield from stories.closed(work)
    yield at_fault(work)
    yield work.by_worker("appeal_liability", reason=words.APPEALED)
    yield Step(HEAD_OFFICE_SUPERVISOR, "rule_liability", {"result": "NOT_LIABLE", "basis": words.WITHOUT_FAULT})


def at_fault(work: Work) -> Step:
    given = {"result": "LIABLE", "measure": "TRAINING", "responsible_unit": work.category()["complained_unit"]}
    return Step(PROTECTION, "rule_liability", {**given, "basis": words.AT_FAULT})
