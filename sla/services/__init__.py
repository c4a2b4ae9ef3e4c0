from sla.services.calendars import short_calendars
from sla.services.choosing import Facts, decline_grounds
from sla.services.ordering import plan_answer
from sla.services.planning import PlannedClock, plan, plan_later, working_days_after, working_deadline, working_time
from sla.services.recounting import recount
from sla.services.rungs import (
    after_firing,
    answer_due,
    due_rungs,
    fire,
    first_firing,
    in_working_hours,
    speaks_again,
    timetable,
)
from sla.services.running import (
    Moved,
    at_risk_from,
    carry_on,
    correct,
    on_time,
    on_time_as_planned,
    pause,
    restate,
    resume,
    start,
    state_of,
    stop,
)

__all__ = [
    "Facts",
    "Moved",
    "PlannedClock",
    "after_firing",
    "answer_due",
    "at_risk_from",
    "carry_on",
    "correct",
    "decline_grounds",
    "due_rungs",
    "fire",
    "first_firing",
    "in_working_hours",
    "on_time",
    "on_time_as_planned",
    "pause",
    "plan",
    "plan_answer",
    "plan_later",
    "recount",
    "restate",
    "resume",
    "short_calendars",
    "speaks_again",
    "start",
    "state_of",
    "stop",
    "timetable",
    "working_days_after",
    "working_deadline",
    "working_time",
]
