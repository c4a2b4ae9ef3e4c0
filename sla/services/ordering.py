"""The clocks of a day that others set: an answer that a body outside has ordered, with ours before it; a limit that was
agreed.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sla import rulebook
from sla.arithmetic import Spans, end_of_working_day, last_second, local_day, working_days_before
from sla.models import Basis, ClockKind, Measure, Target
from sla.rulebook import WorkingCalendar
from sla.services.choosing import Facts, first_policy
from sla.services.planning import PlannedClock, Reckoned, planned


def plan_answer(
    facts: Facts, *, ordered_on: date, started_at: datetime, at: datetime, subject: str
) -> list[PlannedClock]:
    """Return the clock of the day that was ordered, and ours before it; none where no policy has such a target.

    The target says how much earlier ours is: 2 working days are the closing time of the second working day before.
    An order that leaves less time than that is due at the end of the working day on which it came.
    """
    book = rulebook.rulebook()
    started_at = started_at.astimezone(UTC).replace(microsecond=0)
    policy = first_policy(book, facts, local_day(started_at, book.zone))
    targets = (*policy.later, *policy.on_receipt) if policy else ()
    target = next((target for target in targets if target.kind == ClockKind.REGULATOR_ANSWER), None)
    if policy is None or target is None:
        return []
    ordered_at = last_second(ordered_on, book.zone)
    ours = earlier(target, ordered_on, ordered_at, started_at, rulebook.calendar(policy.row.calendar_id))

    def clock(basis: Basis, due: Reckoned, **reached: Any) -> PlannedClock:
        said = {
            "step": "planned",
            "at": at.isoformat(),
            **reached,
            "until": local_day(due.due_at, book.zone).isoformat(),
        }
        return planned(target, basis, due, started_at=started_at, subject=subject, calendar=None, reached=said)

    by_policy = {"policy": policy.row.key, "name": policy.row.name}
    return [
        clock(Basis.ORDERED, Reckoned(ordered_at), name=facts.source),
        clock(Basis.INTERNAL, ours, **by_policy, effective_from=policy.row.effective_from.isoformat()),
    ]


def plan_agreed(
    facts: Facts, *, until: date, started_at: datetime, at: datetime, subject: str, kind: str = ClockKind.DECISION
) -> PlannedClock | None:
    """Return the clock of a day that was agreed with the customer, or promised to them.

    kind  what is owed by then. By the ladder of a target of this kind, else by that of our own for the result
    None where no policy has a target for the result.
    """
    book = rulebook.rulebook()
    started_at = started_at.astimezone(UTC).replace(microsecond=0)
    policy = first_policy(book, facts, local_day(started_at, book.zone))
    targets = (*policy.later, *policy.on_receipt) if policy else ()
    fitting = sorted(
        (one for one in targets if one.kind in {kind, ClockKind.RESOLUTION}), key=lambda one: one.kind != kind
    )
    if not fitting:
        return None
    said = {"step": "planned", "at": at.isoformat(), "name": str(Basis.AGREED.label), "until": until.isoformat()}
    due = Reckoned(last_second(until, book.zone))
    clock = planned(fitting[0], Basis.AGREED, due, started_at=started_at, subject=subject, calendar=None, reached=said)
    return clock._replace(kind=str(kind))


def earlier(
    target: Target, ordered_on: date, ordered_at: datetime, started_at: datetime, calendar: WorkingCalendar
) -> Reckoned:
    """When ours is due: never before the end of the working day on which the order came, nor after the order."""

    def due(spans: Spans) -> datetime:
        soonest = end_of_working_day(started_at, spans)
        if target.unit == Measure.WORKING_DAYS:
            return max(soonest, working_days_before(ordered_on, target.amount, spans))
        return max(soonest, ordered_at - plain_time(target))

    due_at, missing = calendar.reckon(started_at, due)
    return Reckoned(min(due_at, ordered_at), missing)


def plain_time(target: Target) -> timedelta:
    """How much earlier, where no calendar is asked."""
    units = {Measure.CALENDAR_DAYS: timedelta(days=1), Measure.CALENDAR_HOURS: timedelta(hours=1)}
    return target.amount * units.get(Measure(target.unit), timedelta())
