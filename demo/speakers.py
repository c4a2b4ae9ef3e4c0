"""代理人: somebody complains for another, and hears of the decision once their paper was seen."""

import json

from django.utils import timezone

from demo import stories
from demo.institution import NAMES
from demo.stories import Step, Story, Work


def by_an_agent(work: Work) -> Story:
    """The mandate is seen by somebody who has no part in the case; the agent is told, asked, and it is filed."""
    yield from stories.working(work)
    yield spoken_for(work, "AGENT")
    yield Step(work.boss, "verify_authority", paper(work, "MANDATE"))
    yield work.by_worker("classify", **work.category())
    yield stories.draft(work)
    yield Step(work.checker, "approve_decision")
    told = stories.tell(work)
    yield Step(told.who, told.verb, {**told.body, "told_to": "representative"})
    yield stories.call(work)
    yield stories.filed(work)


def by_an_heir(work: Work) -> Story:
    """Nobody has seen the proof of inheritance yet: it is not answered, and a deadline of the house waits for it."""
    yield from stories.working(work)
    yield spoken_for(work, "HEIR")
    yield Step(work.worker, "reply", {"method": "PHONE", "text": work.answer["reply"]}, refused=True)


def jointly(work: Work) -> Story:
    """共同投诉: three complain together and elect two, who hear of the decision for all."""
    yield from stories.working(work)
    yield work.by_worker("amend", complainants=3)
    yield spoken_for(work, "ELECTED")
    yield spoken_for(work, "ELECTED")
    yield Step(work.boss, "verify_authority", paper(work, "ELECTION"))
    yield work.by_worker("classify", **work.category())
    yield stories.draft(work)
    yield Step(work.checker, "approve_decision")
    told = stories.tell(work)
    yield Step(told.who, told.verb, {**told.body, "told_to": "representative"})


def spoken_for(work: Work, capacity: str) -> Step:
    given = json.loads(NAMES.read_text(encoding="utf-8"))
    name = work.chance.choice(given["surnames"]) + work.chance.choice(given["given_names"])
    phone = f"139{work.chance.randrange(10**8):08d}"
    return work.by_worker("add_representative", capacity=capacity, representative_name=name, phone=phone, raised=True)


def paper(work: Work, authority: str) -> dict[str, object]:
    kept = {"evidence": f"WT-{work.evidence()}", "identity_seen": True}
    return {"authority": authority, "signed_on": f"{timezone.localdate()}", "seen": "ORIGINAL", **kept}
