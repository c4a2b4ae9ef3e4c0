"""转办件: what a body outside that passed a case on is owed, and by when."""

from datetime import datetime

from django.utils import timezone

from complaints.chronicle import key_of
from complaints.models import Case, Clock, ExternalReference
from complaints.services.clocks import CaseClocks
from complaints.services.deadlines import begun, facts_of, granted_by_transfer, promise
from sla import services as sla
from sqm_site.locking import hold_until_commit


def begin(clocks: CaseClocks, reference: ExternalReference, *, at: datetime) -> None:
    """Start what the reference brings beside the clocks that run: the law's, the contact of the day, the answer."""
    case = clocks.case
    known = {key_of(clock) for clock in case.current_round.clocks.all()}
    laws = [clock for clock in granted_by_transfer(case, reference, at=at) if key_of(clock) not in known]
    clocks.started += [clock for clock in laws if still_counts(case, clock, reference)]
    clocks.started += sooner(clocks, contact_of_the_day(case, reference, at=at))
    clocks.started += answer_clocks(case, reference, at=at)
    promise(case, clocks.running)


def still_counts(case: Case, clock: Clock, reference: ExternalReference) -> bool:
    """Stop a clock that was over before anybody entered it; one that was over before it began counts for nothing.

    Who enters a transfer after the customer was told does not thereby come in time.
    """
    over_at = over_since(case, reference.received_at)
    if over_at is None:
        return True
    sla.stop(clock, over_at)
    clock.next_rung = clock.next_fire_at = None  # nobody is told of its rungs any more
    return over_at >= reference.received_at


def over_since(case: Case, received_at: datetime) -> datetime | None:
    """When the customer was told after that, else when the case ended; None: it is still owed."""
    told = case.rounds.filter(notified_at__isnull=False, credited_at__gte=received_at)
    first: datetime | None = told.order_by("credited_at").values_list("credited_at", flat=True).first()
    return first or case.current_round.credited_at or case.current_round.closed_at


def contact_of_the_day(case: Case, reference: ExternalReference, *, at: datetime) -> list[Clock]:
    """The first contact that the policy for such transfers wants, unless somebody has turned to the customer."""
    if case.first_contact_at is not None or not case.is_open:
        return []
    facts = facts_of(case, source=reference.body)
    since = reference.received_at
    return begun(case, [sla.plan_later("first_contact", facts, started_at=since, at=at, subject=reference.subject)])


def sooner(clocks: CaseClocks, wanted: list[Clock]) -> list[Clock]:
    """Those that are due before all of their kind that run."""
    running = [(clock.kind, clock.due_at) for clock in clocks.running]
    return [new for new in wanted if all(kind != new.kind or new.due_at < due_at for kind, due_at in running)]


def answer_clocks(case: Case, reference: ExternalReference, *, at: datetime) -> list[Clock]:
    """That of the day the body ordered, and ours before it, which the reference keeps."""
    if not reference.answer_required or reference.due_as_ordered is None:
        return []
    plans = sla.plan_answer(
        facts_of(case, source=reference.body),
        ordered_on=timezone.localdate(reference.due_as_ordered),
        started_at=reference.received_at,
        at=at,
        subject=reference.subject,
    )
    reference.answer_due_at = min((plan.due_at for plan in plans), default=None)
    return begun(case, plans)


def bearing(case: Case, body: str, number: str) -> Case | None:
    """The case of the legal entity that has this number already. Who asks next waits until this transaction ends."""
    hold_until_commit(f"external reference {case.legal_entity_id} {body} {number}")
    return found(case.legal_entity_id, body, number)


def found(legal_entity: int, body: str, number: str) -> Case | None:
    rows = ExternalReference.objects.filter(legal_entity=legal_entity, body=body, number=number)
    row = rows.select_related("case").first()
    return row.case if row else None
