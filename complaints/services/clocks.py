"""The clocks of one case: started by what came in, stopped by what was done. Used under the case's lock."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from complaints.chronicle import changed, key_of, standing
from complaints.models import PAUSED, RUNNING_ON, Approval, Case, Clock, DeadlineMove, Level, Offer, Round, State
from complaints.services.deadlines import anyway, begun, earliest, facts_of, owed, planned, promise
from sla import services as sla
from sla.arithmetic import last_second
from sla.models import Basis, ClockState

# Filing ends these; the follow-up call may come after it.
ENDED_BY_FILING = ("sign_off", "first_contact", "resolution", "decision", "transfer", "filing", "ways", "authority")


class CaseClocks:
    """What the verbs do to the clocks of one case. Nothing is read before the first verb that moves one.

    at  when it is done; the same for all that one act does
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.recorded: dict[str, dict[str, Any]] = {}  # what the events so far say of each
        self.moved: dict[str, Clock] = {}
        self.started: list[Clock] = []
        self.moves: list[DeadlineMove] = []
        self.moves_recorded = 0

    @cached_property
    def read(self) -> list[Clock]:
        running = self.case.clocks.filter(stopped_at=None).select_related("round")
        rows = list(running.select_for_update(of=("self",)).order_by("pk"))
        self.recorded |= {key_of(clock): standing(clock) for clock in rows}
        return rows

    @property
    def running(self) -> list[Clock]:
        return [clock for clock in [*self.read, *self.started] if clock.stopped_at is None]

    def stop(self, *kinds: str, at: datetime) -> None:
        """Stop the running clocks of these kinds; without kinds, all but what outlasts the case."""
        for clock in self.running:
            if clock.kind in kinds or (not kinds and clock.kind not in RUNNING_ON):
                self.keeps(clock, sla.stop(clock, at))
        self.settle()

    def stop_about(self, subject: str, kind: str, *, at: datetime) -> None:
        for clock in self.running:
            if clock.kind == kind and clock.subject == subject:
                self.keeps(clock, sla.stop(clock, at))
        self.settle()

    def pause(self, *, at: datetime) -> None:
        """The internal clocks wait with the case; those of the law and of others never do."""
        for clock in self.running:
            if clock.basis == Basis.INTERNAL and clock.paused_at is None and clock.kind not in RUNNING_ON:
                sla.pause(clock, at)
                self.keeps(clock)
        self.settle()

    def resume(self, *, at: datetime) -> None:
        for clock in self.running:
            if clock.paused_at is not None:
                self.keeps(clock, sla.resume(clock, at))
        self.settle()

    def in_hand(self, *, at: datetime) -> None:
        """Somebody has signed for it: what waited while it was offered goes on."""
        self.stop("sign_off", at=at)
        self.go_on(at=at)

    def sign_by_working(self, *, at: datetime) -> None:
        """Whoever the case fell to has signed for it by working on it. Where no clock was read, none is read for it."""
        if "read" in vars(self):
            for clock in self.running:
                if clock.kind == "sign_off" and clock.subject.startswith("event:"):
                    self.keeps(clock, sla.stop(clock, at))
            self.settle()

    def begin_again(self, *, at: datetime) -> None:
        """The clocks of a new round after a telling: our own, from now. The law has no second time for the same matter.

        Its way is the review by the superior institution (Art. 18 para 3, Art. 20). The owner has signed long ago.
        """
        self.stop(at=at)
        self.add(clock for clock in self.due_from(at, at=at) if clock.basis == Basis.INTERNAL)

    def go_on_as_before(self, earlier: Round, *, at: datetime) -> None:
        """The clocks of a new round after an end that was none: those of others go on, and ours begin anew.

        earlier  the round that ended before the customer was told
        """
        self.stop(at=at)
        ours = Q(basis=Basis.INTERNAL) | Q(kind__in=RUNNING_ON)
        for clock in earlier.clocks.exclude(ours).order_by("pk"):
            self.carry_on(Clock(case=self.case, round=self.case.current_round), clock, at=at)
        self.add(clock for clock in self.due_from(at, at=at) if clock.basis == Basis.INTERNAL)

    def carry_on(self, clock: Clock, earlier: Clock, *, at: datetime) -> None:
        fired = earlier.firings.aggregate(last=Max("position"))["last"]
        moves = [] if clock is earlier else earlier.moves.order_by("pk")
        sla.carry_on(clock, earlier, fired=fired, at=at)
        self.moves += [DeadlineMove(clock=clock, **move_facts(one)) for one in moves]
        if clock.pk:
            self.keeps(clock)
            self.read.append(clock)
        else:
            self.started.append(clock)

    def become_complaint(self, *, at: datetime) -> None:
        """改类: the clocks that a complaint would have had since its receipt run from then; what ran goes on."""
        turn = self.case.current_round
        stood = {key_of(clock): clock for clock in turn.clocks.all()} if turn.pk else {}
        self.recorded |= {key: standing(clock) for key, clock in stood.items()}
        wanted = owed(self.case, at=at)
        for clock in wanted:
            earlier = stood.get(key_of(clock))
            if earlier is not None and earlier.stopped_at and earlier.basis == Basis.STATUTORY:
                self.carry_on(earlier, earlier, at=at)
        self.add(clock for clock in wanted if key_of(clock) not in stood)

    def owe_no_more(self, *, at: datetime) -> None:
        """改类: what is no complaint has no deadline of the law; a breach that fired stands."""
        for clock in self.running:
            if clock.basis == Basis.STATUTORY:
                self.keeps(clock, sla.stop(clock, at))
        self.settle()

    def due_from(self, received_at: datetime, *, at: datetime) -> list[Clock]:
        return planned(self.case, received_at=received_at, at=at)

    def add(self, begun: Iterable[Clock]) -> None:
        """Start planned clocks, but that of the sign-off, which belongs to an offer."""
        self.started += [clock for clock in begun if clock.kind != "sign_off"]
        promise(self.case, self.running)
        self.case.without_rule = self.case.without_rule or not self.running

    def start_sign_off(self, offer: Offer, *, at: datetime) -> None:
        """签收 is owed at every hop, by the person to whom the case is offered."""
        self.begin("sign_off", since=at, at=at, subject=offer.subject)

    def end_by_telling(self, told_at: datetime, *, counts_at: datetime, at: datetime) -> None:
        """办结: all clocks of the round stop when the customer was told. What is left is filing, and 回访 may be owed.

        counts_at  when the clocks stop: later than it was told, while a late entry is not agreed to
        回访 is owed to important and major cases; for the others a call is welcome and not timed.
        """
        self.stop(at=counts_at)
        self.begin("filing", since=told_at, at=at)
        if self.case.level != Level.ORDINARY:
            self.begin("follow_up", since=told_at, at=at)

    def credit(self, keys: Iterable[str], *, entered_at: datetime, happened_at: datetime) -> None:
        """Let clocks that a late entry stopped count from when it happened. A breach that has fired stands."""
        stopped = self.case.clocks.filter(stopped_at=entered_at).select_related("round")
        for clock in stopped.select_for_update(of=("self",)).order_by("pk"):
            if key_of(clock) in keys:
                self.recorded[key_of(clock)] = standing(clock)
                clock.stopped_at = max(happened_at, clock.started_at)
                self.keeps(clock)

    def wait(self, *, at: datetime, sequence: int, until: date | None = None) -> None:
        """The case waits for somebody outside: our own deadlines stand still, and one for the wait runs.

        sequence  of the event that begins it: a round may wait several times
        until     the last day of the wait; default: as the policy has it
        """
        self.pause(at=at)
        self.begin("wait", since=at, at=at, subject=f"event:{sequence}", until=until)

    def go_on(self, *, at: datetime) -> None:
        """The wait is over."""
        self.stop("wait", at=at)
        self.resume(at=at)

    def owe(self, kind: str, subject: str, *, until: date, at: datetime) -> datetime:
        """The customer was promised something by a day: it is owed whatever becomes of the case. Returns until when."""
        facts = facts_of(self.case)
        plan = sla.plan_agreed(facts, kind=kind, until=until, started_at=at, at=at, subject=subject)
        self.started += begun(self.case, [plan])
        self.settle()
        return plan.due_at if plan else last_second(until, timezone.get_default_timezone())

    def put_task(self, plan: sla.PlannedClock | None) -> None:
        """协办: somebody is asked, until their own deadline. No deadline of the case moves by it."""
        self.started += begun(self.case, [plan])
        self.settle()

    def keep_ways_open(self, *, since: datetime, at: datetime, sequence: int) -> None:
        """The customer rejects the decision of `since`: the ways that remain are open for a while."""
        if not any(clock.kind == "ways" for clock in self.running):
            self.begin("ways", since=since, at=at, subject=f"event:{sequence}")

    def begin(self, kind: str, *, since: datetime, at: datetime, subject: str = "", until: date | None = None) -> None:
        """Start a clock that a step starts, where the policy has one of the kind."""
        plan = sla.plan_later(kind, facts_of(self.case), started_at=since, at=at, subject=subject, until=until)
        self.started += begun(self.case, [plan])
        self.settle()

    def never_without(self, *, at: datetime, sequence: int) -> None:
        """An open case has a deadline that counts, also where the configuration has none for what it has come to.

        sequence  of the event of the act that would leave it without one. Where no clock was read, none has stopped
        """
        if "read" not in vars(self) or not self.case.is_open:
            return
        if any(clock.paused_at is None and clock.kind not in RUNNING_ON for clock in self.running):
            return
        state = self.case.state
        kind = "filing" if state == State.NOTIFIED else "wait" if state in PAUSED else "resolution"
        self.started += anyway(self.case, kind, since=at, at=at, subject=f"event:{sequence}")
        self.case.without_rule = True
        self.settle()

    def keeps(self, clock: Clock, moved: sla.Moved | None = None, granted: Approval | None = None) -> None:
        """Store what changed of a clock, and the move of its deadline with the approval behind it."""
        self.moved[key_of(clock)] = clock
        if moved is not None:
            self.moves.append(DeadlineMove(clock=clock, approval=granted, **asdict(moved)))

    def settle(self) -> None:
        self.case.next_due_at = earliest(self.running)

    def changes(self) -> dict[str, dict[str, Any]]:
        """What the event of one act tells: clock -> its columns that changed since the last one, and its moves."""
        found: dict[str, dict[str, Any]] = {}
        for key, clock in (self.moved | {key_of(clock): clock for clock in self.started}).items():
            columns = changed(clock, self.recorded.get(key))
            if columns:
                found[key] = columns
                self.recorded[key] = standing(clock)
        for move in self.moves[self.moves_recorded :]:
            found.setdefault(key_of(move.clock), {}).setdefault("moves", []).append(move_facts(move))
        self.moves_recorded = len(self.moves)
        return found

    def write(self) -> None:
        """Store what changed, what was started and what moved a deadline: a statement each."""
        moved = [clock for clock in self.moved.values() if clock.pk]
        if moved:
            Clock.objects.bulk_update(moved, MOVING)
        if self.started:
            Clock.objects.bulk_create(self.started)
        for move in self.moves:
            move.clock = move.clock  # the key it has now
        DeadlineMove.objects.bulk_create(self.moves)


def late(clock: Clock, at: datetime) -> bool:
    return bool(clock.breached_at) or sla.state_of(clock, at) == ClockState.BREACHED


def move_facts(move: DeadlineMove) -> dict[str, Any]:
    """What an event tells of the move of a deadline."""
    return {name: getattr(move, name) for name in MOVE}


MOVE = ("cause", "was", "now", "days", "evidence", "at", "approval_id")
# What a clock that runs, stops, pauses or fires may change.
MOVING = [
    "started_at",
    "due_at",
    "stopped_at",
    "paused_at",
    "paused_seconds",
    "left_seconds",
    "breached_at",
    "breached_due_at",
    "estimated",
    "provenance",
    "next_rung",
    "next_fire_at",
]
