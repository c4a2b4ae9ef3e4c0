"""核查: a customer does not accept the decision, and the institution above reviews it."""

from demo import stories, words
from demo.institution import desks
from demo.others import REVIEW
from demo.stories import Step, Story, Work


def upheld(work: Work) -> Story:
    """核查: the superior institution finds everything in order, and the decision stands."""
    yield from reviewed(work, "upheld", result="sound")


def sent_back(work: Work) -> Story:
    """核查: the result is not in order, and the case is decided anew."""
    yield from reviewed(work, "sent_back", result="flawed")


def reviewed(work: Work, conclusion: str, *, result: str) -> Story:
    """Asked for in writing, and decided by people of the institution above; above the head office there is none."""
    yield from stories.told(work)
    if not work.desk.above:
        return
    above = desks()[work.desk.above]
    reviewer, checker = above.workers[0], above.checker
    asked_for = {"evidence": work.evidence(), "reason": words.NOT_ACCEPTED}
    yield Step(work.boss, "request_review", asked_for)
    yield Step(above.holder, "assign", {"to": reviewer, "team": above.team}, on=REVIEW)
    yield Step(reviewer, "accept", on=REVIEW)
    examined = {"on_process": "sound", "on_time_limits": "sound", "on_result": result}
    said = {"findings": words.REVIEWED[conclusion], "basis": words.BASIS, "outcome": words.REVIEWED[conclusion]}
    drafted = {"conclusion": conclusion, **examined, **said, "remedies": words.REMEDIES_OF_REVIEW}
    yield Step(reviewer, "decide_review", drafted, on=REVIEW)
    yield Step(checker, "approve_decision", on=REVIEW)
    telling = {"method": "PHONE", "evidence": work.evidence(), "text": words.REVIEWED[conclusion]}
    yield Step(reviewer, "notify", telling, on=REVIEW)
