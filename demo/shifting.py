"""Whether a case may begin some minutes earlier in its day than the one that was walked, and all else moves along."""

from datetime import timedelta
from typing import Any

from demo.walking import SECOND
from sla import services as sla

MOST_MOVED = 25 * 60  # seconds
STEPS = range(0, MOST_MOVED + 1, MOST_MOVED // 5)
SIGN_OFF_MINUTES = 240  # as the default policy has them; where they are others, nothing moves within its day
MOVING = {SECOND, SECOND + 1}  # of a moment that moves with its case, and of the first late one after it


def moves_along(clock: Any) -> bool:
    """Whether a case that begins some minutes earlier has this deadline so much earlier, or at the same end of a day,
    and its rungs with it.

    What is left of a clock that stands still would change.
    """
    if clock.left_seconds is not None:
        return False
    if clock.kind != "sign_off":
        return rungs_move_along(clock) and (clock.calendar_id is None or clock.due_at.second != SECOND)
    starts = [clock.started_at - timedelta(seconds=back) for back in STEPS]
    earlier = [clock.due_at - sla.working_deadline(start, SIGN_OFF_MINUTES) for start in starts]
    moving = clock.due_at.second == SECOND
    return rungs_move_along(clock) and earlier == [timedelta(seconds=back if moving else 0) for back in STEPS]


def rungs_move_along(clock: Any) -> bool:
    """Whether its rungs do so too: two working hours after 15:35 end on another day than two after 15:25."""
    if clock.due_at.second != SECOND:
        return True
    moments = [moment for _rung, moment in sla.timetable(clock)]
    for back in (timedelta(seconds=step) for step in STEPS):
        earlier = [moment for _rung, moment in sla.timetable(clock, clock.due_at - back)]
        if earlier != [moment - back if moment.second in MOVING else moment for moment in moments]:
            return False
    return True
