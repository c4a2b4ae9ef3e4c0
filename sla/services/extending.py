"""An extension of a deadline of the law: how far it may go, who grants it, and by when it is asked for.

Source: 银保监会令2020年第3号 Art. 18 para 1; 中国人民银行令〔2020〕第5号 Art. 43. Days count from the beginning of the
limit: the receipt, or that of the newest material (Art. 18 para 3). Days that do not count (Art. 18 para 2, Art. 23)
come on top of the last day.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from sla import rulebook
from sla.arithmetic import DAY, local_day, worked
from sla.models import ClockBase, DayType, DeadlineMoveBase, ExtensionStep, Measure, MoveCause, RuleSet
from sla.services.choosing import Facts, first_policy
from sla.services.planning import due_after

MOST = 365  # days, as a rule set has them at most


def steps_of(clock: ClockBase) -> list[ExtensionStep]:
    """How far its rule set lets it be extended, the nearest first; nothing for what is no deadline of the law."""
    return [] if clock.rule_set_id is None else [*rulebook.rule_set(clock.rule_set_id).extension_steps.all()]


def extended(clock: ClockBase, days: int) -> datetime:
    """The deadline so many whole days later, as its rule set counts days."""
    return after(rule_of(clock), clock.due_at, days)


def step_for(clock: ClockBase, due_at: datetime, moves: Iterable[DeadlineMoveBase]) -> ExtensionStep | None:
    """The first step that reaches a deadline. None: the law knows no extension so far.

    moves  all of this clock
    """
    rule_set, not_counted = rule_of(clock), excluded(clock, moves)

    def end_of(step: ExtensionStep) -> datetime:
        return after(rule_set, begins(clock), min(step.until_days, rule_set.max_days)) + not_counted

    return next((step for step in steps_of(clock) if due_at <= end_of(step)), None)


def most_days(clock: ClockBase, moves: Iterable[DeadlineMoveBase]) -> int:
    """By how many days it may be extended at most; 0: it stands where the law lets it end."""
    return days_within(clock, [*moves], lambda step: step is not None)


def usual_days(clock: ClockBase, moves: Iterable[DeadlineMoveBase]) -> int:
    """By how many days the nearest step extends it; 0: there is none."""
    known = [*moves]
    nearest = step_for(clock, extended(clock, 1), known)
    return 0 if nearest is None else days_within(clock, known, lambda step: step == nearest)


def days_within(
    clock: ClockBase, moves: Sequence[DeadlineMoveBase], inside: Callable[[ExtensionStep | None], bool]
) -> int:
    """How many days later it may end so that its step is one of those, which are the first ones."""

    def beyond(days: int) -> bool:
        return not inside(step_for(clock, extended(clock, days), moves))

    return bisect_left(range(1, MOST + 1), True, key=beyond)


def too_late_to_ask(clock: ClockBase, facts: Facts, *, at: datetime) -> timedelta | None:
    """The working time that must be left for a second person to decide, where less is left; None: there is enough."""
    book = rulebook.rulebook()
    policy = first_policy(book, facts, local_day(clock.started_at, book.zone))
    if policy is None:
        return None
    wanted = timedelta(minutes=policy.row.extension_ahead)
    calendar = rulebook.calendar(policy.row.calendar_id)
    left, _missing = calendar.reckon(at, lambda spans: worked(at.astimezone(UTC), clock.due_at, spans))
    return wanted if left < wanted else None


def begins(clock: ClockBase) -> datetime:
    """From when its limit counts."""
    return max([clock.started_at, *restarts(clock, "started_at")])


def excluded(clock: ClockBase, moves: Iterable[DeadlineMoveBase]) -> timedelta:
    """The time that does not count, since its limit began."""
    since = max(restarts(clock, "at"), default=clock.started_at)
    apart = (one for one in moves if one.cause == MoveCause.EXCLUSION and one.at >= since)
    return max(sum((one.now - one.was for one in apart), timedelta()), timedelta())


def days_apart(periods: Iterable[tuple[date, date]], *, since: datetime) -> int:
    """How many whole days do not count, each once, of those from a moment on. An end is the first day that counts."""
    first = local_day(since, rulebook.rulebook().zone)
    days = {begin + DAY * number for begin, end in periods for number in range((end - begin).days)}
    return sum(day >= first for day in days)


def restarts(clock: ClockBase, name: str) -> list[datetime]:
    """What its provenance says of each time that its limit began anew."""
    anew = (step for step in clock.provenance if step["step"] == "restated" and "started_at" in step)
    return [datetime.fromisoformat(step[name]) for step in anew]


def rule_of(clock: ClockBase) -> RuleSet:
    assert clock.rule_set_id is not None
    return rulebook.rule_set(clock.rule_set_id)


def after(rule_set: RuleSet, moment: datetime, days: int) -> datetime:
    """The end of the n-th day after a moment, as the law counts days."""
    measure = Measure.WORKING_DAYS if rule_set.day_type == DayType.WORKING else Measure.CALENDAR_DAYS
    calendar = rulebook.calendar(rule_set.calendar_id)
    return due_after(moment, days, measure, calendar, rulebook.rulebook().zone).due_at
