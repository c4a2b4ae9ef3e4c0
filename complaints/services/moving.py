"""What moves a deadline of the law: new material, a grant, a corrected receipt. Used under the lock of the case."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from complaints.chronicle import key_of, standing
from complaints.models import Approval, Clock, Exclusion
from complaints.services.clocks import CaseClocks, late
from complaints.services.deadlines import begun, facts_of, promise
from sla import services as sla
from sla.models import Basis, ClockKind, MoveCause


def restart(clocks: CaseClocks, *, since: datetime, granted: Approval, at: datetime) -> None:
    """New facts and reasons: the deadlines of a law that says so count anew from the receipt of the new material.

    Source: 银保监会令2020年第3号 Art. 18 para 3; that of the central bank (Art. 43) says nothing of it. A deadline
    that has passed is a fact, and stays.
    """
    anew = {key_of(clock): clock for clock in clocks.due_from(since, at=at)}
    periods = [(row.since, row.end) for row in clocks.case.exclusions.all()]
    for clock in anew.values():
        clock.due_at += timedelta(days=sla.days_apart(periods, since=since))
    for clock in clocks.running:
        if sla.counts_anew(clock) and key_of(clock) in anew and not late(clock, at):
            moved = sla.restart(clock, anew[key_of(clock)], at=at, evidence=evidence_of(granted))
            clocks.keeps(clock, moved, granted)
    promise(clocks.case, clocks.running)


def extend(clocks: CaseClocks, rule: str, *, until: datetime, granted: Approval, at: datetime) -> sla.Moved:
    """延期: the deadline of one law ends later, as somebody granted. Raises AlreadyLate for one that has passed.

    rule  key of the rule set
    """
    (clock,) = (one for one in clocks.running if one.basis == Basis.STATUTORY and one.subject == rule)
    evidence = evidence_of(granted)
    moved = sla.restate(clock, due_at=until, cause=MoveCause.EXTENSION, at=at, evidence=evidence)
    assert moved is not None
    clocks.keeps(clock, moved, granted)
    promise(clocks.case, clocks.running)
    return moved


def leave_out(clocks: CaseClocks, exclusions: Iterable[Exclusion], *, granted: Approval, at: datetime) -> None:
    """鉴定/调解期间: the deadlines of the law end as many whole days later as do not count, each day once.

    exclusions  all of the case. What ended before its day gives the rest back
    Source: 银保监会令2020年第3号 Art. 18 para 2, Art. 23. A deadline that has passed is a fact, and stays.
    """
    periods = [(row.since, row.end) for row in exclusions]
    for clock in clocks.running:
        if clock.basis == Basis.STATUTORY and not late(clock, at):
            moves = clock.moves.filter(cause=MoveCause.EXCLUSION).values_list("days", flat=True)
            more = sla.days_apart(periods, since=clock.started_at) - sum(moves)
            if more:
                due_at, evidence = clock.due_at + timedelta(days=more), evidence_of(granted)
                moved = sla.restate(clock, due_at=due_at, cause=MoveCause.EXCLUSION, at=at, evidence=evidence)
                clocks.keeps(clock, moved, granted)
    promise(clocks.case, clocks.running)


def agree(clocks: CaseClocks, *, until: date, at: datetime, sequence: int) -> None:
    """协商一致: an agreed limit runs beside that of the law, in place of one before, unless that has passed (Art. 21).

    sequence  of the event that tells of it
    """
    for clock in clocks.running:
        if is_agreed_limit(clock) and not late(clock, at):
            clocks.keeps(clock, sla.stop(clock, at))
    facts, subject = facts_of(clocks.case), f"event:{sequence}"
    clocks.add(begun(clocks.case, [sla.plan_agreed(facts, until=until, started_at=at, at=at, subject=subject)]))


def is_agreed_limit(clock: Clock) -> bool:
    """Whether it is the day that was agreed with the customer for the decision."""
    return clock.basis == Basis.AGREED and clock.kind == ClockKind.DECISION


def correct_receipt(clocks: CaseClocks, *, was: datetime, at: datetime, evidence: str) -> None:
    """The case came in at another time than was written down: what counts from there moves, late or not.

    was  the receipt as it stood
    """
    right_ones = clocks.due_from(clocks.case.received_at, at=at)
    anew = {(clock.kind, clock.basis, clock.subject): clock for clock in right_ones}
    start = was.replace(microsecond=0)
    stopped = clocks.case.clocks.filter(started_at=start, stopped_at__isnull=False).select_related("round")
    over: list[Clock] = list(stopped.select_for_update(of=("self",)).order_by("pk"))
    clocks.recorded |= {key_of(clock): standing(clock) for clock in over}
    for clock in [*over, *(clock for clock in clocks.running if clock.started_at == start)]:
        right = anew.get((clock.kind, clock.basis, clock.subject))
        if right is not None:
            due_at = sla.corrected(clock, right.due_at, clock.moves.all())
            moved = sla.correct(clock, started_at=right.started_at, due_at=due_at, at=at, evidence=evidence)
            clocks.keeps(clock, moved)
    promise(clocks.case, clocks.running)


def evidence_of(granted: Approval) -> str:
    """What shows that a move was granted: the event by which it was asked for."""
    return f"approval:{granted.event_sequence}"
