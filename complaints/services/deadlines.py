"""Which clocks a case gets on receipt, and what it shows of its deadlines."""

from collections.abc import Collection, Iterable
from datetime import datetime

import structlog
from django.utils.translation import gettext_lazy

from complaints.models import Case, Clock, ExternalReference, Nature
from sla import services as sla
from sla.models import Basis, ClockKind
from sqm_site.errors import Invalid

# What the customer is told: the earliest deadline of the law, else of the house for the result, else for the contact.
PROMISED = (
    (Basis.STATUTORY, ("decision", "transfer", "review")),
    (Basis.INTERNAL, ("resolution",)),
    (Basis.INTERNAL, ("first_contact",)),
)
TOO_EARLY = gettext_lazy("No deadline rule covers this day. Check the year, or send the message without occurred_at.")
TASK = ClockKind.TASK
log = structlog.get_logger(__name__)


def facts_of(case: Case, *, source: str | None = None) -> sla.Facts:
    """What rules and policies ask of a case.

    source  the body that transferred it; empty: the customer came himself; default: the one that did last
    """
    return sla.Facts(
        nature=case.nature,
        level=case.level,
        source=case.source if source is None else source,
        entity=case.legal_entity_id,
        institution_type=case.legal_entity.institution_type,
        complainant_type=case.complainant_type,
        business_line=case.business_line.code if case.business_line else "",
        category=case.category,
        review=case.kind == Case.Kind.REVIEW,
    )


def planned(case: Case, *, received_at: datetime, at: datetime, source: str | None = None) -> list[Clock]:
    """The clocks a case of these facts gets, unsaved."""
    return begun(case, sla.plan(facts_of(case, source=source), received_at=received_at, at=at))


def begun(case: Case, plans: Iterable[sla.PlannedClock | None]) -> list[Clock]:
    """The planned clocks on the round the case is in, unsaved."""
    clocks = [(Clock(case=case, round=case.current_round), plan) for plan in plans if plan is not None]
    for clock, plan in clocks:
        sla.start(clock, plan)
    return [clock for clock, _plan in clocks]


def granted_by_transfer(case: Case, reference: ExternalReference, *, at: datetime) -> list[Clock]:
    """The clocks of the law that count from this transfer and that a customer who came himself has not."""
    since = reference.received_at
    anyway = {clock.subject for clock in planned(case, source="", received_at=since, at=at)}
    clocks = planned(case, source=reference.body, received_at=since, at=at)
    return [clock for clock in clocks if clock.basis == Basis.STATUTORY and clock.subject not in anyway]


def owed(case: Case, *, at: datetime) -> list[Clock]:
    """What a case of these facts has had since its receipt; what a transfer grants, since the first that does."""
    clocks = {(clock.kind, clock.subject): clock for clock in planned(case, received_at=case.received_at, at=at)}
    for reference in case.external_references.order_by("-received_at"):
        granted = granted_by_transfer(case, reference, at=at)
        clocks |= {(clock.kind, clock.subject): clock for clock in granted}
    return [*clocks.values()]


def promise(case: Case, clocks: Iterable[Clock]) -> None:
    """Set what the case shows of its deadlines: the next one, and what the customer may rely on."""
    running = [clock for clock in clocks if clock.stopped_at is None]
    promised = (earliest(of(running, basis, kinds)) for basis, kinds in PROMISED)
    case.promised_due_at = next((due_at for due_at in promised if due_at), None)
    case.next_due_at = earliest(running)


def told_by(clocks: Iterable[Clock], *, at: datetime) -> datetime | None:
    """By when the law has us tell the result, which the customer is told in writing; None: no law, or it has passed."""
    basis, kinds = PROMISED[0]
    until = earliest(of([clock for clock in clocks if clock.stopped_at is None], basis, kinds))
    return until if until is not None and until > at else None


def planned_on_receipt(case: Case, *, at: datetime) -> list[Clock]:
    """The clocks of a case that comes in. What the configuration lacks never refuses it: it is marked instead.

    Where nothing fits at all, one of our own counts for the result: no open case is without a deadline.

    Raises Invalid for a day before every rule, where today has some: then the day is the sender's to correct.
    """
    clocks = planned(case, received_at=case.received_at, at=at)
    if not clocks and sla.plan(facts_of(case), received_at=at, at=at):
        raise Invalid({"occurred_at": [str(TOO_EARLY)]})
    lawless = case.nature == Nature.COMPLAINT and not any(clock.basis == Basis.STATUTORY for clock in clocks)
    case.without_rule = lawless or not clocks
    if case.without_rule:
        log.warning("no rule applies", reference=case.reference, nature=case.nature, received_at=case.received_at)
    clocks = clocks or anyway(case, "resolution", since=case.received_at, at=at)
    promise(case, clocks)
    return clocks


def anyway(case: Case, kind: str, *, since: datetime, at: datetime, subject: str = "") -> list[Clock]:
    """A clock where the configuration has none that fits; none only where nothing was ever set up."""
    return begun(case, [sla.plan_anyway(kind, facts_of(case), started_at=since, at=at, subject=subject)])


def alarm() -> str:
    """For /readyz: whether the rules leave open cases without the deadline they should have."""
    count = Case.objects.open().filter(without_rule=True).count()
    return f"{count} open cases came in while no deadline rule applied to them" if count else "ready"


def of(clocks: Iterable[Clock], basis: str, kinds: Collection[str]) -> list[Clock]:
    return [clock for clock in clocks if clock.basis == basis and clock.kind in kinds]


def earliest(clocks: Iterable[Clock]) -> datetime | None:
    """The next deadline of a case: that of a task (协办) is one of whoever was asked, and none of the case."""
    running = (one for one in clocks if one.stopped_at is None and one.paused_at is None and one.kind != TASK)
    return min((clock.due_at for clock in running), default=None)
