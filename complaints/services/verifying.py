"""Proving the log: every case's chain, the seals over all of them, and that no event stands outside a seal."""

from collections.abc import Iterator
from functools import partial
from itertools import groupby

from django.db import connection
from django.utils.translation import gettext as _

from complaints.models import Case, CaseEvent
from complaints.services.replaying import retold_otherwise
from complaints.services.sealing import READER
from security.anchors import length_of
from security.chain import verify_chain
from security.services import anchor_path, rows_by_key, verify_audit_rows, verify_sealed, verify_seals
from sqm_site.snapshots import as_of_one_moment

# What is wrong with an event: rows that the log needs and that are not there, or are there once too often.
# A seal covers an event and, through the chain, all before it; what is newer waits in complaints_unread.
LOOSE = """
WITH sealed AS MATERIALIZED (
    SELECT chain AS case_id, place AS sequence, count(*) AS times
    FROM security_auditseal, unnest(chains, sequences) AS key(chain, place) WHERE reader = %(reader)s GROUP BY 1, 2
), upto AS (SELECT case_id, max(sequence) AS last FROM sealed GROUP BY 1),
waiting AS (SELECT case_id, sequence, count(*) AS times FROM complaints_unread WHERE reader = %(reader)s GROUP BY 1, 2)
SELECT 'unsealed', event.case_id, event.sequence FROM complaints_caseevent event
    LEFT JOIN upto USING (case_id) LEFT JOIN waiting USING (case_id, sequence)
    WHERE waiting.times IS NULL AND event.sequence > coalesce(upto.last, 0)
UNION ALL SELECT 'twice', case_id, sequence FROM sealed FULL JOIN waiting USING (case_id, sequence)
    WHERE coalesce(sealed.times, 0) + coalesce(waiting.times, 0) > 1
UNION ALL SELECT 'gone', waiting.case_id, waiting.sequence FROM waiting
    LEFT JOIN complaints_caseevent event USING (case_id, sequence) WHERE event.case_id IS NULL
UNION ALL SELECT 'caseless', event.case_id, event.sequence FROM complaints_caseevent event
    LEFT JOIN complaints_case ON complaints_case.id = event.case_id
    WHERE event.sequence = 1 AND complaints_case.id IS NULL
"""


def faults(*, batch: int = 2_000) -> Iterator[str]:
    """One sentence for everything in which the database is not what it was told. Reads all of it, as of one moment.

    Memory follows `batch`, not the history.
    """
    anchored = length_of(anchor_path())  # first: each line names a seal of what is read afterwards
    with as_of_one_moment():
        yield from retold_otherwise(Case.objects.all())
        yield from loose_events(batch=batch)
        yield from replaced_events()
        yield from verify_audit_rows()
        yield from verify_seals(anchor_path(), length=anchored)


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


def loose_events(*, batch: int = 2_000) -> Iterator[str]:
    """One sentence for every event outside the seals, sealed twice, gone before it was sealed, or without its case."""
    said = {
        "unsealed": _("event {event} is in no seal and waits for none: somebody added it."),
        "twice": _("event {event} is sealed, or waits for a seal, more than once."),
        "gone": _("event {event} waited for a seal and is gone."),
        "caseless": _("event {event} is there, and its case is gone."),
    }
    with as_of_one_moment(), connection.chunked_cursor() as cursor:
        cursor.execute(LOOSE, {"reader": READER})
        while rows := cursor.fetchmany(batch):
            names = dict(
                Case.objects.filter(pk__in=[case for _kind, case, _event in rows]).values_list("pk", "reference")
            )
            for kind, case, event in rows:
                yield f"{names.get(case, case)}: {said[kind].format(event=event)}"


def replaced_events() -> list[str]:
    """One sentence for every seal whose events are no longer those that were sealed."""
    return verify_sealed(READER, partial(rows_by_key, CaseEvent, "case_id"))
