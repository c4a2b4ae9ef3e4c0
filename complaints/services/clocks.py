"""The clocks of one case: started by what came in, stopped by what was done. Called under the case's lock."""

from collections.abc import Callable, Iterable
from datetime import datetime

from complaints.models import Case, Clock, Level
from sla import services as sla

# What the customer is told: the statutory deadline, else the internal one.
PROMISED = ("decision", "transfer", "resolution", "first_contact")
# What a clock that runs, stops, pauses or fires may change.
MOVING = [
    "due_at",
    "stopped_at",
    "paused_at",
    "paused_seconds",
    "left_seconds",
    "breached_at",
    "estimated",
    "provenance",
    "next_rung",
    "next_fire_at",
]


def planned(case: Case, *, source: str, received_at: datetime, at: datetime) -> list[Clock]:
    """The clocks a case of this nature, level and source gets, unsaved; sets the case's next deadline."""
    clocks = []
    entity = case.legal_entity_id
    for plan in sla.plan(
        nature=case.nature, level=case.level, source=source, entity=entity, received_at=received_at, at=at
    ):
        clock = Clock(case=case, round=case.round)
        sla.start(clock, plan)
        clocks.append(clock)
    case.next_due_at = earliest(clocks)
    case.promised_due_at = next((clock.due_at for kind in PROMISED for clock in clocks if clock.kind == kind), None)
    return clocks


def restart(case: Case, *, at: datetime) -> None:
    """Stop what runs and start the clocks of the new round, counted from `at`."""
    stop_all(case, at=at)
    Clock.objects.bulk_create(planned(case, source="", received_at=at, at=at))


def stopping(*kinds: str) -> Callable[..., None]:
    """A clockwork that stops the running clocks of these kinds; without kinds, all of them."""

    def stop(case: Case, *, at: datetime) -> None:
        running = running_clocks(case)
        ended = [clock for clock in running if not kinds or clock.kind in kinds]
        for clock in ended:
            sla.stop(clock, at)
        save(ended)
        case.next_due_at = earliest(clock for clock in running if clock.stopped_at is None)

    return stop


def pause(case: Case, *, at: datetime) -> None:
    """The internal clocks wait with the case; the statutory one never does."""
    running = running_clocks(case)
    internal = [clock for clock in running if clock.basis == "internal" and clock.paused_at is None]
    for clock in internal:
        sla.pause(clock, at)
    save(internal)
    case.next_due_at = earliest(running)


def resume(case: Case, *, at: datetime) -> None:
    running = running_clocks(case)
    waiting = [clock for clock in running if clock.paused_at is not None]
    for clock in waiting:
        sla.resume(clock, at)
    save(waiting)
    case.next_due_at = earliest(running)


def running_clocks(case: Case) -> list[Clock]:
    return list(case.clocks.filter(stopped_at=None).select_for_update(of=("self",)).order_by("pk"))


def save(clocks: list[Clock]) -> None:
    if clocks:
        Clock.objects.bulk_update(clocks, MOVING)


def earliest(clocks: Iterable[Clock]) -> datetime | None:
    return min((clock.due_at for clock in clocks if clock.paused_at is None), default=None)


stop_sign_off = stopping("sign_off")
stop_first_contact = stopping("first_contact")
stop_follow_up = stopping("follow_up")
stop_all = stopping()


def in_hand(case: Case, *, at: datetime) -> None:
    """Somebody has signed for it: what waited while it was offered goes on."""
    stop_sign_off(case, at=at)
    resume(case, at=at)


def contacted_and_waiting(case: Case, *, at: datetime) -> None:
    stop_first_contact(case, at=at)
    pause(case, at=at)


def told(told_at: datetime) -> Callable[..., None]:
    """A clockwork for 办结: all clocks of the round stop at the moment the customer was told."""

    def stop_at_telling(case: Case, *, at: datetime) -> None:
        stop_all(case, at=told_at)
        start_follow_up(case, told_at=told_at, at=at)

    return stop_at_telling


def start_follow_up(case: Case, *, told_at: datetime, at: datetime) -> None:
    """回访 is owed to important and major cases; for the others a call is welcome and not timed."""
    if case.level == Level.ORDINARY:
        return
    entity = case.legal_entity_id
    plan = sla.plan_later(
        "follow_up", nature=case.nature, level=case.level, source="", entity=entity, started_at=told_at, at=at
    )
    if plan is not None:
        clock = Clock(case=case, round=case.round)
        sla.start(clock, plan)
        clock.save()
        case.next_due_at = clock.due_at


def stop_at_filing(case: Case, *, at: datetime) -> None:
    """Filing ends what still runs, but for the follow-up call, which may come after it."""
    stopping("sign_off", "first_contact", "resolution", "decision", "transfer", "feedback")(case, at=at)
