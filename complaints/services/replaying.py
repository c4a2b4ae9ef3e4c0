"""The state of a case follows from its events alone: here they are replayed and compared with the rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from complaints.chronicle import BESIDE, IN_WORDS, Row, blank, key_of, said_in, standing
from complaints.models import Case, CaseEvent, Clock
from complaints.services.clocks import move_told
from security.chain import plain

BATCH = 500


def retold_otherwise(cases: QuerySet[Case]) -> Iterator[str]:
    """One sentence for every fact of these cases that their log tells otherwise. A statement a table and batch.

    Cases move meanwhile: what seems wrong is looked at again under the row lock.
    """
    keys = cases.order_by("pk").values_list("pk", flat=True)
    for batch in batched(keys.iterator(chunk_size=BATCH)):
        rows = Case.objects.filter(pk__in=batch).prefetch_related(*READ).order_by("pk")
        for case in [row for row in rows if any(differences(row))]:
            with transaction.atomic():
                locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
                yield from [f"{case.reference}: {fault}" for fault in differences(locked)]


READ = ("events", "rounds", "offers", "clocks__round", "clocks__moves", "texts")


def batched(keys: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(keys, BATCH)):
        yield batch


def differences(case: Case) -> Iterator[str]:
    """One sentence for each fact of a case and of the rows beside it that its log tells otherwise."""
    events = sorted(case.events.all(), key=lambda event: event.sequence)
    if events and events[-1].after != case.state:
        yield told_otherwise("state")
    columns, digests, beside = replayed(events)
    yield from map(told_otherwise, unlike(case, columns, apart=IN_WORDS))
    yield from (told_otherwise(name) for name in IN_WORDS if not spoken(case, name, digests.get(name)))
    for kind in BESIDE.values():
        rows, told = {key_of(row): row for row in getattr(case, kind).all()}, beside[kind]
        for key in sorted(rows.keys() ^ told.keys()):
            yield _("{kind} {key} stands only in the log or only among the rows.").format(kind=kind, key=key)
        for key in sorted(rows.keys() & told.keys()):
            yield from (told_otherwise(f"{kind} {key} {name}") for name in unlike(rows[key], told[key]))
            if isinstance(rows[key], Clock) and told[key].get("moves", []) != moves_of(rows[key]):
                yield told_otherwise(f"{kind} {key} moves")


def told_otherwise(what: str) -> str:
    return _("{what} is not what the log says.").format(what=what)


def replayed(
    events: Iterable[CaseEvent],
) -> tuple[dict[str, Any], dict[str, tuple[int, str]], dict[str, dict[str, dict[str, Any]]]]:
    """After these events: the columns of the case, where the words of a column are kept, and the rows beside it.

    The rows are told by kind and key.
    """
    columns = dict(blank(Case))
    beside: dict[str, dict[str, dict[str, Any]]] = {
        kind: defaultdict(partial(dict, blank(model))) for model, kind in BESIDE.items()
    }
    digests: dict[str, tuple[int, str]] = {}
    for event in events:
        told = event.details.get("case", {})
        columns |= told
        for name in IN_WORDS & told.keys():
            digests.pop(name, None)  # emptied
        for name in IN_WORDS & event.details.get("texts", {}).keys():
            digests[name] = (event.sequence, event.details["texts"][name])
        for kind, rows in beside.items():
            for key, changes in event.details.get(kind, {}).items():
                moves = [*rows[key].get("moves", []), *changes.get("moves", [])]
                rows[key] |= changes | {"moves": moves}
    return columns, digests, beside


def moves_of(clock: Clock) -> Any:
    """The moves of a deadline, oldest first, as the log tells them."""
    return plain([move_told(move) for move in sorted(clock.moves.all(), key=lambda move: move.pk)])


def unlike(row: Row, told: Mapping[str, Any], *, apart: Iterable[str] = ()) -> list[str]:
    """The columns whose value is not the one told, which is as JSON has it."""
    fields = {field.attname: field for field in row._meta.concrete_fields}
    return [
        name
        for name, value in standing(row).items()
        if name not in apart and fields[name].to_python(told[name]) != value
    ]


def spoken(case: Case, name: str, digest: tuple[int, str] | None) -> bool:
    """Whether a column that people wrote holds the words whose digest the log has."""
    value = getattr(case, name)
    if digest is None or not value:
        return digest is None and not value
    kept = (text for text in case.texts.all() if (text.event_sequence, text.kind) == (digest[0], name))
    return any(text.digest_of(said_in(value)) == digest[1] for text in kept)
