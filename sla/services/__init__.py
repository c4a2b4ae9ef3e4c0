from sla.services.calendars import short_calendars
from sla.services.choosing import Facts, decline_grounds
from sla.services.planning import PlannedClock, plan, plan_later, working_days_after, working_deadline
from sla.services.recounting import recount
from sla.services.rungs import after_firing, due_rungs, fire, first_firing, in_working_hours, timetable
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
    "plan_later",
    "recount",
    "restate",
    "resume",
    "short_calendars",
    "start",
    "state_of",
    "stop",
    "timetable",
    "working_days_after",
    "working_deadline",
]
