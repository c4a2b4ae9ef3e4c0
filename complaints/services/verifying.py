"""Proving the log: every case's chain, and the seals over all of them."""

from collections.abc import Iterator
from functools import partial
from itertools import groupby

from complaints.models import CaseEvent
from security.chain import verify_chain
from security.services import rows_by_key, verify_sealed


def broken_chains(*, batch: int = 2_000) -> Iterator[str]:
    """One sentence for every case whose events are not the chain they claim to be. Reads the log once, streaming."""
    events = (
        CaseEvent.objects.select_related("case")
        .only(*[field.name for field in CaseEvent._meta.concrete_fields], "case__reference", "case__last_hash")
        .order_by("case_id", "sequence")
        .iterator(chunk_size=batch)
    )
    for _case_id, rows in groupby(events, key=lambda event: event.case_id):
        chain = list(rows)
        case = chain[0].case
        yield from (f"{case.reference}: {fault}" for fault in verify_chain(chain, CaseEvent.payload))
        if chain[-1].hash != case.last_hash:
            yield f"{case.reference}: the newest event is missing or was replaced."


def replaced_events() -> list[str]:
    """One sentence for every seal whose events are no longer those that were sealed."""
    return verify_sealed("seal", partial(rows_by_key, CaseEvent, "case_id"))
