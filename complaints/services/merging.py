"""合并 (Art. 18 para 3): what becomes of the deadlines of a case that is handled with another, and of that one's.

Nothing that counts towards a customer or a body outside ends later by it. What rests is heard of again when the cases
are taken apart, as if it had run on; and the other one has then the deadlines that it would have had by itself.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from complaints.chronicle import key_of, standing
from complaints.models import OUTLASTING, Case, Clock, DeadlineMove, ExternalReference, Link, State
from complaints.services.clocks import CaseClocks, late
from complaints.services.deadlines import promise
from sla import services as sla
from sla.models import ClockState, MoveCause

# A case has one of each: the earlier one governs both.
SHARED = ("decision", "transfer", "first_contact", "resolution")
Place = tuple[str, str, str]  # kind, basis and subject: what a clock of a round is for


def place_of(clock: Clock) -> Place:
    return clock.kind, clock.basis, clock.subject


def state_of(clock: Clock, case: Case, at: datetime) -> ClockState:
    """How a clock stands for people: what was laid by was neither met nor missed. case: its own"""
    merged_at = case.current_round.closed_at if case.state == State.MERGED else None
    if merged_at is not None and clock.stopped_at == max(merged_at, clock.started_at):
        return ClockState.RESTING
    return sla.state_of(clock, at)


def lay_by(clocks: CaseClocks, *, at: datetime) -> list[Clock]:
    """The deadlines of a case that is merged rest; what is paused stands still anyway. Returns those that rest."""
    resting = [clock for clock in clocks.running if clock.paused_at is None]
    for clock in resting:
        sla.lay_by(clock, at)
        clocks.keeps(clock)
    clocks.settle()
    return resting


def laid_by(case: Case) -> list[Clock]:
    """The deadlines that rest since a case was merged, but those that were met from the other one."""
    told = case.events.filter(verb="merge").latest("sequence").details.get("clocks", {})
    answered = {row.subject for row in case.external_references.filter(answered_at__isnull=False)}
    stopped = case.clocks.filter(stopped_at__isnull=False).select_related("round").order_by("pk")
    return [clock for clock in stopped if key_of(clock) in told and clock.subject not in answered]


def take_up(clocks: CaseClocks, resting: Iterable[Clock], *, at: datetime) -> None:
    """They go on as if they never had rested: what was missed meanwhile is due at once."""
    for clock in resting:
        clocks.recorded[key_of(clock)] = standing(clock)
        sla.take_up(clock, fired=clock.firings.aggregate(last=Max("position"))["last"])
        clocks.keeps(clock)
        clocks.read.append(clock)
    for clock in clocks.running:
        if answered_at := answered_elsewhere(clock):
            clocks.keeps(clock, sla.stop(clock, answered_at))
    clocks.settle()


def answered_elsewhere(clock: Clock) -> datetime | None:
    """When what a body outside awaited of a case that was merged into this one was answered; None: it awaits it."""
    if not clock.subject.startswith("case:"):
        return None
    _case, pk, subject = clock.subject.split(":", 2)
    rows = ExternalReference.objects.filter(case=int(pk), answered_at__isnull=False)
    return next((row.credited_at for row in rows if row.subject == subject), None)


def govern(clocks: CaseClocks, merged: Case, resting: Iterable[Clock], *, at: datetime) -> None:
    """The other case: where a deadline of the merged one is earlier it governs, and what a body awaits is owed here."""
    mine = {place_of(clock): clock for clock in clocks.running if clock.paused_at is None}
    for clock in resting:
        twin = mine.get(place_of(clock))
        if clock.kind in OUTLASTING:
            owe_here(clocks, clock, at=at)
            promise(clocks.case, clocks.running)
        elif clock.kind in SHARED and twin is not None and clock.due_at < twin.due_at and not late(twin, at):
            due_at = max(clock.due_at, twin.started_at)
            moved = sla.restate(twin, due_at=due_at, cause=MoveCause.MERGE, at=at, evidence=f"case:{merged.pk}")
            clocks.keeps(twin, moved)
            promise(clocks.case, clocks.running)


def owe_here(clocks: CaseClocks, clock: Clock, *, at: datetime) -> None:
    """What a body outside awaits of the merged case is a deadline of the other one, too."""
    here = Clock(case=clocks.case, round=clocks.case.current_round)
    clocks.carry_on(here, clock, at=at)
    here.subject = subject_here(clock)


def subject_here(clock: Clock) -> str:
    """What the deadline of a merged case is called in the other one; a chain of mergers keeps the first name."""
    return clock.subject if clock.subject.startswith("case:") else subject_elsewhere(clock.case_id, clock.subject)


def subject_elsewhere(case: int, subject: str) -> str:
    return f"case:{case}:{subject}"


def meet(clocks: CaseClocks, subject: str, *, at: datetime) -> None:
    """What a body awaited of a merged case was answered from the other one: its deadline is met, and rests no more."""
    resting = clocks.case.clocks.filter(kind__in=OUTLASTING, subject=subject).select_related("round")
    for clock in resting.select_for_update(of=("self",)):
        clocks.recorded[key_of(clock)] = standing(clock)
        clock.stopped_at = None
        sla.stop(clock, at)
        clocks.keeps(clock)


def let_go(clocks: CaseClocks, merged: Case, *, at: datetime) -> None:
    """The cases are taken apart: the other one has the deadlines that are its own, and those of what stays."""
    theirs = {f"case:{pk}:" for pk in [merged.pk, *below(merged.pk)]}
    for clock in clocks.running:
        if any(clock.subject.startswith(one) for one in theirs):
            clocks.keeps(clock, sla.stop(clock, at))
    others = resting_of(clocks.case, but_not=merged)
    for clock in moved_by_merging(clocks):
        own = sla.by_itself(clock, clock.moves.order_by("pk"))
        due_at = min([own, *(one.due_at for one in others if place_of(one) == place_of(clock))])
        due_at = max(due_at, clock.started_at)
        if due_at != clock.due_at:
            clocks.keeps(clock, sla.give_back(clock, due_at=due_at, at=at, evidence=f"case:{merged.pk}"))
            promise(clocks.case, clocks.running)
    clocks.settle()


def moved_by_merging(clocks: CaseClocks) -> list[Clock]:
    """The deadlines of the case that ever were those of another one, met or not."""
    ids = DeadlineMove.objects.filter(clock__case=clocks.case, cause=MoveCause.MERGE).values("clock")
    running = {clock.pk: clock for clock in clocks.running if clock.pk}
    over = clocks.case.clocks.filter(pk__in=ids, stopped_at__isnull=False).select_related("round")
    rows = list(over.select_for_update(of=("self",)).order_by("pk"))
    clocks.recorded |= {key_of(clock): standing(clock) for clock in rows}
    return [*rows, *(running[pk] for pk in ids.values_list("clock", flat=True).distinct() if pk in running)]


def resting_of(case: Case, *, but_not: Case) -> list[Clock]:
    """The deadlines that rest of what else is merged into a case."""
    links = Link.objects.merged().filter(other=case).exclude(case=but_not).select_related("case")
    return [clock for link in links for clock in laid_by(link.case)]


def below(case: int) -> list[int]:
    """Ids of the cases that were merged into one, through however many."""
    found: list[int] = []
    into = [case]
    while into:
        into = list(Link.objects.merged().filter(other__in=into).values_list("case", flat=True))
        found += into
    return found


def survivor_of(case: Case) -> Case:
    """The case in which a merged one is handled, through however many; of any other itself. Nothing is locked."""
    while case.merged is not None:
        case = case.merged.other
    return case
