"""How a case stands follows from its events alone: here they are replayed and compared with the rows."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from complaints.chronicle import IN_WORDS, key_of, standing
from complaints.hanging import BESIDE
from complaints.models import (
    Case,
    CaseEvent,
    Clock,
    Countersignature,
    ExternalReference,
    Firing,
    Offer,
    Promise,
    SpotCheck,
    Task,
)
from complaints.services.clocks import move_facts
from complaints.services.retelling import Replayed, replayed
from complaints.services.spoken import spoken_otherwise, told_otherwise
from security.chain import plain, verify_chain
from sqm_site.snapshots import as_of_one_moment
from sqm_site.sweeping import batched

BATCH = 250
READ = (
    "events",
    "texts",
    "addresses",
    "agreements__round",
    "words",
    "rounds",
    "offers__round",
    "clocks__round",
    "clocks__moves",
    "decisions__round",
    "notifications__round",
    "approvals",
    "attachments",
    "escalations",
    "contacts",
    "countersignatures__unit",
    "exclusions__round",
    "extensions__round",
    "external_references",
    "group_signs",
    "letters__round",
    "liabilities__round",
    "liability_shares__liability",
    "links",
    "messages__feedback",
    "promises__round",
    "redress__round",
    "representatives",
    "firings__clock__round",
    "spot_checks__round",
    "tasks__round",
)


def retold_otherwise(cases: QuerySet[Case]) -> Iterator[str]:
    """One sentence for everything of these cases that their log tells otherwise. A statement a table and batch.

    All of it is read as of one moment: cases move meanwhile.
    """
    with as_of_one_moment():
        for batch in batched(cases.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=BATCH), BATCH):
            for case in Case.objects.filter(pk__in=batch).prefetch_related(*READ).order_by("pk"):
                yield from (f"{case.reference}: {fault}" for fault in differences(case))


def differences(case: Case) -> Iterator[str]:
    """One sentence for each fault of a case's chain, and each fact of it or beside it that its log tells otherwise."""
    events = sorted(case.events.all(), key=lambda event: event.sequence)
    if not events:
        yield _("no event tells of it.")
        return
    yield from verify_chain(events, CaseEvent.payload)
    if (case.event_count, case.last_hash) != (events[-1].sequence, events[-1].hash):
        yield _("the newest event is missing or was replaced.")
    if events[-1].after != case.state:
        yield told_otherwise("state")
    told = replayed(events)
    yield from map(told_otherwise, unlike(case, told.columns, apart=IN_WORDS))
    for model, kind in BESIDE.items():
        yield from rows_otherwise(case, model, kind, told)
    yield from spoken_otherwise(case, told)


def rows_otherwise(case: Case, model: type[Model], kind: str, told: Replayed) -> Iterator[str]:
    """What the rows of one kind are and the log does not say, or the other way round."""
    rows: dict[str, Any] = {}
    for row in getattr(case, kind).all():
        try:
            key = key_of(row)
        except ObjectDoesNotExist:
            yield _("{kind} {key} hangs on a row that is gone.").format(kind=kind, key=row.pk)
            continue
        if key in rows:
            yield _("{kind} {key} stands there twice.").format(kind=kind, key=key)
        rows[key] = row
    said = told.rows[kind]
    for key in sorted(rows.keys() ^ said.keys()):
        yield _("{kind} {key} stands only in the log or only among the rows.").format(kind=kind, key=key)
    for key in sorted(rows.keys() & said.keys()):
        for name in [*unlike(rows[key], said[key]), *misplaced(case, rows[key], told.began[kind, key])]:
            yield told_otherwise(f"{kind} {key} {name}")
        if model is Clock and said[key]["moves"] != moves_of(rows[key]):
            yield told_otherwise(f"{kind} {key} moves")


def misplaced(case: Case, row: Any, began: CaseEvent) -> Iterator[str]:
    """Keys of a row that lead elsewhere than to the case and the round in which the log tells of it."""
    if hasattr(type(row), "round"):
        held = getattr(row, "round", None)  # None: it is gone
        of_round = isinstance(row, SpotCheck) or held is None or held.number == began.round  # a check names its round
        if held is None or held.case_id != case.pk or not of_round:
            yield "round"
    if (
        isinstance(row, (Offer, Countersignature, ExternalReference, Promise, Task))
        and row.legal_entity_id != case.legal_entity_id
    ):
        yield "legal_entity"
    if isinstance(row, Firing) and row.clock.case_id != case.pk:
        yield "clock"


def moves_of(clock: Clock) -> Any:
    """The moves of a deadline, oldest first, as the log tells them."""
    return plain([move_facts(move) for move in sorted(clock.moves.all(), key=lambda move: move.pk)])


def unlike(row: Model, told: Mapping[str, Any], *, apart: Iterable[str] = ()) -> list[str]:
    """The columns whose value is not the one told, which is as JSON has it."""
    read = readers_of(type(row))
    return [name for name, value in standing(row).items() if name not in apart and read[name](told[name]) != value]


@cache
def readers_of(model: type[Model]) -> dict[str, Any]:
    return {field.attname: field.to_python for field in model._meta.concrete_fields}
