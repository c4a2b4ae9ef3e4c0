"""群体性投诉: what several raise is gathered under a parent case, decided once, and each complainant is told."""

from demo import stories, words
from demo.others import AGAIN, GROUP, THE_GROUP
from demo.stories import Step, Story, Work


def gathered(work: Work) -> Story:
    """Gathered by somebody above; the decision of the parent case is drafted to the part under way, and told."""
    yield from stories.taken(work)
    yield work.by_worker("classify", **work.category())
    yield Step(work.boss, "gather", {"common": words.IN_COMMON})
    yield Step(work.boss, "gather", {"common": words.IN_COMMON, "into": THE_GROUP}, on=AGAIN)
    yield from on_the_group(work)
    yield Step(work.checker, "approve_decision")
    yield stories.tell(work)


def on_the_group(work: Work) -> Story:
    if work.desk.holder == work.worker:
        yield Step(work.worker, "start", on=GROUP)
    else:
        yield Step(work.desk.holder, "assign", {"to": work.worker, "team": work.desk.team}, on=GROUP)
        yield Step(work.worker, "accept", on=GROUP)
    yield Step(work.worker, "classify", work.category(), on=GROUP)
    drafted = stories.draft(work)
    yield Step(drafted.who, drafted.verb, drafted.body, on=GROUP)
    yield Step(work.boss, "approve_decision", on=GROUP)  # what weighs more is checked by whoever leads
