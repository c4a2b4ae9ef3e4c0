"""The clocks of one case: started by what came in, stopped by what was done. Used under the case's lock."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime
from functools import cached_property
from typing import Any

import structlog
from django.utils.translation import gettext_lazy

from complaints.chronicle import changed, key_of, standing
from complaints.models import Case, Clock, DeadlineMove, Level, Nature, Offer
from sla import services as sla
from sla.models import Basis
from sqm_site.errors import Invalid

# What the customer is told: the earliest deadline of the law, else of the house for the result, else for the contact.
PROMISED = (
    (Basis.STATUTORY, ("decision", "transfer")),
    (Basis.INTERNAL, ("resolution",)),
    (Basis.INTERNAL, ("first_contact",)),
)
TOO_EARLY = gettext_lazy("No deadline rule covers this day. Check the year, or send the message without occurred_at.")
log = structlog.get_logger(__name__)
# Filing ends these; the follow-up call may come after it.
ENDED_BY_FILING = (
    "sign_off",
    "first_contact",
    "resolution",
    "decision",
    "transfer",
    "regulator_answer",
    "filing",
    "ways",
)


def facts_of(case: Case, *, source: str) -> sla.Facts:
    """What rules and policies ask of a case. source: the body that transferred it; empty: the customer came himself."""
    return sla.Facts(
        nature=case.nature,
        level=case.level,
        source=source,
        entity=case.legal_entity_id,
        institution_type=case.legal_entity.institution_type,
        complainant_type=case.complainant_type,
        business_line=case.business_line.code if case.business_line else "",
        category=case.category,
    )


def source_of(case: Case) -> str:
    """The body that transferred the case last; empty where none did."""
    newest = case.external_references.order_by("-received_at", "-pk").values_list("body", flat=True)
    return newest.first() or ""


def planned(case: Case, *, source: str, received_at: datetime, at: datetime) -> list[Clock]:
    """The clocks a case of these facts gets, unsaved; sets the case's next deadline."""
    clocks = []
    for plan in sla.plan(facts_of(case, source=source), received_at=received_at, at=at):
        clock = Clock(case=case, round=case.current_round)
        sla.start(clock, plan)
        clocks.append(clock)
    case.next_due_at = earliest(clocks)
    promised = (earliest(of(clocks, basis, kinds)) for basis, kinds in PROMISED)
    case.promised_due_at = next((due_at for due_at in promised if due_at), None)
    return clocks


def planned_on_receipt(case: Case, *, at: datetime) -> list[Clock]:
    """The clocks of a case that comes in. What the configuration lacks never refuses it: it is marked instead.

    Raises Invalid for a day before every rule, where today has some: then the day is the sender's to correct.
    """
    clocks = planned(case, source="", received_at=case.received_at, at=at)
    if not clocks and sla.plan(facts_of(case, source=""), received_at=at, at=at):
        raise Invalid({"occurred_at": [str(TOO_EARLY)]})
    lawless = case.nature == Nature.COMPLAINT and not any(clock.basis == Basis.STATUTORY for clock in clocks)
    case.without_rule = lawless or not clocks
    if case.without_rule:
        log.warning("no rule applies", reference=case.reference, nature=case.nature, received_at=case.received_at)
    return clocks


def alarm() -> str:
    """For /readyz: whether the rules leave open cases without the deadline they should have."""
    count = Case.objects.open().filter(without_rule=True).count()
    return f"{count} open cases came in while no deadline rule applied to them" if count else "ready"


def of(clocks: Iterable[Clock], basis: str, kinds: Collection[str]) -> list[Clock]:
    return [clock for clock in clocks if clock.basis == basis and clock.kind in kinds]


def earliest(clocks: Iterable[Clock]) -> datetime | None:
    return min((clock.due_at for clock in clocks if clock.stopped_at is None and clock.paused_at is None), default=None)


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
        """Stop the running clocks of these kinds; without kinds, all of them."""
        for clock in self.running:
            if not kinds or clock.kind in kinds:
                self.keeps(clock, sla.stop(clock, at))
        self.settle()

    def pause(self, *, at: datetime) -> None:
        """The internal clocks wait with the case; those of the law and of others never do."""
        for clock in self.running:
            if clock.basis == Basis.INTERNAL and clock.paused_at is None:
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

    def restart(self, *, at: datetime) -> None:
        """Stop what runs and start the clocks of the new round, counted from `at`. Its owner has signed long ago."""
        self.stop(at=at)
        begun = planned(self.case, source=source_of(self.case), received_at=at, at=at)
        self.started += [clock for clock in begun if clock.kind != "sign_off"]
        self.settle()

    def start_sign_off(self, offer: Offer, *, at: datetime) -> None:
        """签收 is owed at every hop, by the person to whom the case is offered."""
        self.begin("sign_off", since=at, at=at, subject=offer.subject)

    def end_by_telling(self, told_at: datetime, *, at: datetime) -> None:
        """办结: all clocks of the round stop when the customer was told. What is left is filing, and 回访 may be owed.

        回访 is owed to important and major cases; for the others a call is welcome and not timed.
        """
        self.stop(at=told_at)
        self.begin("filing", since=told_at, at=at)
        if self.case.level != Level.ORDINARY:
            self.begin("follow_up", since=told_at, at=at)

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

    def keep_ways_open(self, *, since: datetime, at: datetime, sequence: int) -> None:
        """The customer rejects the decision of `since`: the ways that remain are open for a while."""
        if not any(clock.kind == "ways" for clock in self.running):
            self.begin("ways", since=since, at=at, subject=f"event:{sequence}")

    def begin(self, kind: str, *, since: datetime, at: datetime, subject: str = "", until: date | None = None) -> None:
        """Start a clock that a step starts, where the policy has one of the kind."""
        facts = facts_of(self.case, source=source_of(self.case))
        plan = sla.plan_later(kind, facts, started_at=since, at=at, subject=subject, until=until)
        if plan is not None:
            clock = Clock(case=self.case, round=self.case.current_round)
            sla.start(clock, plan)
            self.started.append(clock)
        self.settle()

    def keeps(self, clock: Clock, moved: sla.Moved | None = None) -> None:
        """Store what changed of a clock, and the move of its deadline."""
        self.moved[key_of(clock)] = clock
        if moved is not None:
            self.moves.append(DeadlineMove(clock=clock, **asdict(moved)))

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


def move_facts(move: DeadlineMove) -> dict[str, Any]:
    """What an event tells of the move of a deadline."""
    return {name: getattr(move, name) for name in MOVE}


MOVE = ("cause", "was", "now", "days", "evidence", "at", "approval_id")
# What a clock that runs, stops, pauses or fires may change.
MOVING = [
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
