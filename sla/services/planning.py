"""Which clocks a case gets, and when each of them is due."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sla import rulebook
from sla.arithmetic import (
    Spans,
    add_working,
    add_working_days,
    end_of_day,
    end_of_working_day,
    last_second,
    local_day,
    opening_of,
    worked,
)
from sla.models import Basis, ClockKind, DayType, Measure, RuleSet, Target
from sla.rulebook import LoadedLadder, LoadedPolicy, Rulebook, WorkingCalendar
from sla.services.choosing import Facts, first_policy, policies_near, rules_in_force
from sla.services.rungs import Timetable, first_firing

# What counts without a working calendar.
PLAIN_TIME = (Measure.CALENDAR_DAYS, Measure.CALENDAR_HOURS)


class PlannedClock(NamedTuple):
    """A clock before it has a case. `start` puts it on a row.

    subject         what it is about, see ClockBase
    rule_set_id, target_id  the row that it follows: one of the two
    estimated       a day on the way is not published: the statutory days were counted, and the provenance says so
    """

    kind: str
    basis: str
    subject: str
    rule_set_id: int | None
    target_id: int | None
    started_at: datetime
    due_at: datetime
    estimated: bool
    provenance: list[dict[str, Any]]
    calendar_id: int | None
    ladder: LoadedLadder
    next_rung: int | None
    next_fire_at: datetime | None


class Reckoned(NamedTuple):
    """When something is due. `missing` is the first day on the way that is not published."""

    due_at: datetime
    missing: date | None = None


def plan(
    facts: Facts, *, received_at: datetime, at: datetime, kinds: Collection[str] | None = None
) -> list[PlannedClock]:
    """Return the clocks that start on receipt: one for each rule set in force, then those of the first fitting policy.

    received_at  when the customer handed it to us; rungs missed since then are due at once
    at           when this is worked out; kept in the provenance
    kinds        only clocks of these are wanted; None: all
    Nothing applies: no clocks. A calendar that ends does not stop intake either: see PlannedClock.estimated.
    """
    book = rulebook.rulebook()
    started_at = received_at.astimezone(UTC).replace(microsecond=0)
    day = local_day(started_at, book.zone)
    rules, policy = rules_in_force(book, facts, day), first_policy(book, facts, day)
    targets: Sequence[Target] = policy.on_receipt if policy else ()
    if facts.review:  # the law says how long it may take; our own days for a result are those of a complaint
        targets = [one for one in targets if one.kind != ClockKind.RESOLUTION]
    if kinds is not None:
        rules = [one for one in rules if one.kind in kinds]
        targets = [one for one in targets if one.kind in kinds]
    clocks = [statutory_clock(one, book, started_at=started_at, at=at) for one in rules]
    return clocks + [internal_clock(policy, one, started_at=started_at, at=at) for one in targets if policy]


def plan_later(
    kind: str, facts: Facts, *, started_at: datetime, at: datetime, subject: str = "", until: date | None = None
) -> PlannedClock | None:
    """Return the clock that a later step starts, such as the follow-up call; None where no policy has one.

    subject  what it is about, where a case may have several of the kind
    until    its last day, where somebody named one; else the target says how long

    A target that counts from receipt counts from a later step too, such as the sign-off of each offer.
    """
    book = rulebook.rulebook()
    started_at = started_at.astimezone(UTC).replace(microsecond=0)
    policy = first_policy(book, facts, local_day(started_at, book.zone))
    targets = (*policy.later, *policy.on_receipt) if policy else ()
    target = next((target for target in targets if target.kind == kind), None)
    if policy is None or target is None:
        return None
    return internal_clock(policy, target, started_at=started_at, at=at, subject=subject, until=until)


def plan_anyway(
    kind: str, facts: Facts, *, started_at: datetime, at: datetime, subject: str = ""
) -> PlannedClock | None:
    """Return a clock of a case that no row fits any more: by what the house has for others, or had.

    By the entity's own rows before the group's, the newest first, and of those the widest; a target of the kind, else
    of the result, else any. The provenance says so. None only where there is no policy at all.
    """
    book = rulebook.rulebook()
    near = [one for one in book.policies if one.row.legal_entity_id in {None, facts.entity}]
    near.sort(key=lambda one: (one.row.legal_entity_id is not None, one.row.effective_from, one.row.position))
    offered = [(policy, target) for policy in reversed(near) for target in (*policy.on_receipt, *policy.later)]
    by_worth = sorted(offered, key=lambda one: (one[1].kind != kind, one[1].kind != ClockKind.RESOLUTION))
    if not by_worth:
        return None
    started_at = started_at.astimezone(UTC).replace(microsecond=0)
    clock = internal_clock(*by_worth[0], started_at=started_at, at=at, subject=subject)
    said = {"step": "anyway", "at": at.isoformat()}
    return clock._replace(kind=kind, provenance=[*clock.provenance, said])


def working_deadline(started_at: datetime, minutes: int, *, entity: int | None = None) -> datetime:
    """The moment at which `minutes` of working time after `started_at` are used up.

    By the calendar of the entity's first policy, else of the group's; where no policy is in force, plain time counts.
    """
    plain = started_at + timedelta(minutes=minutes)
    return in_working_time(started_at, minutes, Measure.WORKING_MINUTES, entity) or plain


def working_days_after(started_at: datetime, days: int, *, entity: int | None = None) -> datetime:
    """The closing time of the n-th working day after `started_at`, by the same calendar; else plain days count."""
    return in_working_time(started_at, days, Measure.WORKING_DAYS, entity) or started_at + timedelta(days=days)


def next_opening(day: date, *, entity: int | None = None) -> datetime:
    """The opening of the first working day after a day, by the same calendar; where none is in force, its end."""
    book = rulebook.rulebook()
    policy = next(iter(policies_near(book, entity, day)), None)
    if policy is None:
        return last_second(day, book.zone)
    calendar = rulebook.calendar(policy.row.calendar_id)
    return calendar.reckon(last_second(day, calendar.zone), lambda spans: opening_of(day, 1, spans))[0]


def working_time(since: datetime, until: datetime, *, entity: int | None = None) -> timedelta:
    """The working time between two moments, by the same calendar; plain time where no policy is in force."""
    book = rulebook.rulebook()
    policy = next(iter(policies_near(book, entity, local_day(since, book.zone))), None)
    if policy is None:
        return max(until - since, timedelta())
    calendar = rulebook.calendar(policy.row.calendar_id)
    return calendar.reckon(since, lambda spans: worked(since.astimezone(UTC), until.astimezone(UTC), spans))[0]


def in_working_time(started_at: datetime, amount: int, measure: str, entity: int | None) -> datetime | None:
    """None where no policy is in force."""
    book = rulebook.rulebook()
    policy = next(iter(policies_near(book, entity, local_day(started_at, book.zone))), None)
    if policy is None:
        return None
    calendar = rulebook.calendar(policy.row.calendar_id)
    return due_after(started_at.astimezone(UTC), amount, measure, calendar, calendar.zone).due_at


def statutory_clock(rule_set: RuleSet, book: Rulebook, *, started_at: datetime, at: datetime) -> PlannedClock:
    calendar = rulebook.calendar(rule_set.calendar_id)
    working = rule_set.day_type == DayType.WORKING
    measure = Measure.WORKING_DAYS if working else Measure.CALENDAR_DAYS
    return planned(
        rule_set,
        Basis.STATUTORY,
        due_after(started_at, rule_set.first_due_days, measure, calendar, book.zone),
        started_at=started_at,
        subject=rule_set.key,
        calendar=calendar if working else None,
        reached={
            "step": "planned",
            "at": at.isoformat(),
            "rule_set": rule_set.key,
            "name": rule_set.name,
            "effective_from": rule_set.effective_from.isoformat(),
            "amount": rule_set.first_due_days,
            "unit": measure.value,
        },
    )


def internal_clock(
    policy: LoadedPolicy,
    target: Target,
    *,
    started_at: datetime,
    at: datetime,
    subject: str = "",
    until: date | None = None,
) -> PlannedClock:
    calendar = rulebook.calendar(policy.row.calendar_id)
    due = due_after(started_at, target.amount, target.unit, calendar, calendar.zone)
    return planned(
        target,
        Basis.INTERNAL,
        Reckoned(last_second(until, calendar.zone)) if until else due,
        started_at=started_at,
        subject=subject,
        calendar=None if until or target.unit in PLAIN_TIME else calendar,
        reached={
            "step": "planned",
            "at": at.isoformat(),
            "policy": policy.row.key,
            "name": policy.row.name,
            "effective_from": policy.row.effective_from.isoformat(),
            **({"until": until.isoformat()} if until else {"amount": target.amount, "unit": target.unit}),
        },
    )


def planned(
    follows: RuleSet | Target,
    basis: Basis,
    reckoned: Reckoned,
    *,
    started_at: datetime,
    subject: str,
    calendar: WorkingCalendar | None,
    reached: dict[str, Any],
) -> PlannedClock:
    ladder = rulebook.ladder_on(follows.ladder_id, local_day(started_at, rulebook.rulebook().zone))
    rule_set_id = follows.pk if isinstance(follows, RuleSet) else None
    target_id = follows.pk if isinstance(follows, Target) else None
    people = rulebook.peoples_calendar(rule_set_id, target_id)
    next_rung, next_fire_at = first_firing(Timetable(ladder, reckoned.due_at, people), started_at)
    reached |= {"started_at": started_at.isoformat(), "due_at": reckoned.due_at.isoformat()}
    if calendar:
        reached["calendar"] = calendar.code
    return PlannedClock(
        kind=follows.kind,
        basis=basis.value,
        subject=subject,
        rule_set_id=rule_set_id,
        target_id=target_id,
        started_at=started_at,
        due_at=reckoned.due_at,
        estimated=reckoned.missing is not None,
        provenance=[reached, *estimate_note(reckoned.missing)],
        calendar_id=calendar.pk if calendar else None,
        ladder=ladder,
        next_rung=next_rung,
        next_fire_at=next_fire_at,
    )


def estimate_note(missing: date | None) -> list[dict[str, Any]]:
    """What the provenance says when the calendar ended on the way."""
    if missing is None:
        return []
    return [
        {
            "step": "estimated",
            "reason": "calendar missing, estimated by weekdays and statutory holidays",
            "missing_from": missing.isoformat(),
        }
    ]


def due_after(started_at: datetime, amount: int, measure: str, calendar: WorkingCalendar, zone: ZoneInfo) -> Reckoned:
    """When `amount` is used up. Calendar days end at 23:59:59 in `zone`; the same day has no amount."""
    if measure == Measure.CALENDAR_DAYS:
        return Reckoned(end_of_day(started_at, amount, zone))
    if measure == Measure.CALENDAR_HOURS:
        return Reckoned(started_at + timedelta(hours=amount))

    def due(spans: Spans) -> datetime:
        if measure == Measure.WORKING_MINUTES:
            return add_working(started_at, timedelta(minutes=amount), spans)
        same_day = measure == Measure.SAME_DAY
        return end_of_working_day(started_at, spans) if same_day else add_working_days(started_at, amount, spans)

    return Reckoned(*calendar.reckon(started_at, due))
