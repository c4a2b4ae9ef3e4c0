"""承诺: kept by the call that was promised, kept and recorded by a colleague, and one whose day is near."""

from datetime import timedelta

from django.utils import timezone

from demo import stories, words
from demo.stories import Step, Story, Work

WITHIN = timedelta(days=3)


def promise(work: Work, kind: str, promised: str) -> Step:
    return work.by_worker("promise", kind=kind, promised=promised, until=f"{timezone.localdate() + WITHIN}")


def called_back(work: Work) -> Story:
    """回电: the call itself keeps it."""
    yield from stories.working(work)
    yield promise(work, "CALL_BACK", words.WILL_CALL)
    called = {"method": "PHONE", "result": "CONNECTED", "gist": words.CALLED_BACK, "recording": work.evidence()}
    yield Step(work.worker, "log_contact", called)


def kept(work: Work) -> Story:
    """Somebody else than the one who promised it says that it was kept."""
    yield from stories.told(work)
    yield promise(work, "MATERIAL", words.WILL_SEND)
    yield Step(work.boss, "record_promise_outcome", {"outcome": "kept", "evidence": f"SF-{work.evidence()}"})


def waiting(work: Work) -> Story:
    yield from stories.working(work)
    yield promise(work, "REPLY", words.WILL_WRITE)
