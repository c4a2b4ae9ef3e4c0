"""What others set: a body outside that wants an answer, a day agreed with the customer, a mediation of both sides."""

from datetime import timedelta

from django.utils import timezone

from demo import stories, words
from demo.institution import PROTECTION
from demo.stories import Step, Story, Work

ORDERED_WITHIN, AGREED_WITHIN = timedelta(days=10), timedelta(days=20)


def by_regulator(work: Work) -> Story:
    yield from transferred(work, "12378")


def by_central_bank(work: Work) -> Story:
    yield from transferred(work, "12363")


def transferred(work: Work, body: str) -> Story:
    """升级: the customer goes to a body outside meanwhile; it is answered once the customer was told."""
    yield from stories.decided(work)
    paper, until = work.evidence().replace("REC", f"ZB{body}"), timezone.localdate() + ORDERED_WITHIN
    yield Step(work.boss, "add_reference", {"body": body, "number": paper, "ordered_on": f"{until}"})
    yield work.by_worker("amend", demand="REFUND")
    yield stories.tell(work)
    answer = {"number": paper, "evidence": f"FK-{paper}", "text": words.ANSWERED_OUTSIDE}
    yield Step(work.boss, "answer_regulator", answer)
    yield stories.call(work)
    yield stories.filed(work)


def agreed(work: Work) -> Story:
    """协商一致: until when it is decided, and how it is told (Art. 21)."""
    yield from stories.working(work)
    until = timezone.localdate() + AGREED_WITHIN
    yield work.by_worker("agree", until=f"{until}", method="PHONE", evidence=work.evidence(), terms=words.AGREED)


def mediated(work: Work) -> Story:
    """Both sides apply, somebody above grants that the days do not count, and it ends earlier than planned."""
    yield from stories.mediated(work)
    yield Step(PROTECTION, "decide_approval", {"grant": True, "remark": words.GRANTED})
    yield work.by_worker("resume")


def grave(work: Work) -> Story:
    """重大: raised by whoever works on it."""
    yield from stories.taken(work)
    called = {"method": "PHONE", "result": "CONNECTED", "gist": words.CONTACTED, "identity": stories.KNOWN}
    yield Step(work.worker, "log_contact", called)
    yield work.by_worker("classify", **work.category())
    yield work.by_worker("amend", amount="128000.00", reason=words.AMOUNT_NAMED)
    yield work.by_worker("set_level", level="major", reason=words.GRAVE)
