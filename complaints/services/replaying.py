"""The state of a case follows from its events alone: here they are replayed and compared with the rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from complaints.chronicle import IN_WORDS, blank, clock_key, said_in, standing
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
        rows = Case.objects.filter(pk__in=batch).prefetch_related(*BESIDE).order_by("pk")
        for case in [row for row in rows if any(differences(row))]:
            with transaction.atomic():
                locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
                yield from [f"{case.reference}: {fault}" for fault in differences(locked)]


BESIDE = ("events", "clocks__moves", "texts")


def batched(keys: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(keys, BATCH)):
        yield batch


def differences(case: Case) -> Iterator[str]:
    """One sentence for each fact of a case, its clocks included, that its log tells otherwise."""
    events = sorted(case.events.all(), key=lambda event: event.sequence)
    if events and events[-1].after != case.state:
        yield told_otherwise("state")
    columns, digests, clocks = replayed(events)
    yield from map(told_otherwise, unlike(case, columns, apart=IN_WORDS))
    yield from (told_otherwise(name) for name in IN_WORDS if not spoken(case, name, digests.get(name)))
    rows = {clock_key(clock): clock for clock in case.clocks.all()}
    for key in sorted(rows.keys() ^ clocks.keys()):
        yield _("The clock {key} stands only in the log or only among the clocks.").format(key=key)
    for key in sorted(rows.keys() & clocks.keys()):
        yield from (told_otherwise(f"{key} {name}") for name in unlike(rows[key], clocks[key]))
        if clocks[key].get("moves", []) != moves_of(rows[key]):
            yield told_otherwise(f"{key} moves")


def told_otherwise(what: str) -> str:
    return _("{what} is not what the log says.").format(what=what)


def replayed(
    events: Iterable[CaseEvent],
) -> tuple[dict[str, Any], dict[str, tuple[int, str]], dict[str, dict[str, Any]]]:
    """The columns of the case and of its clocks after these events, and where the words of a column are kept."""
    columns = dict(blank(Case))
    clocks: dict[str, dict[str, Any]] = defaultdict(lambda: dict(blank(Clock)))
    digests: dict[str, tuple[int, str]] = {}
    for event in events:
        told = event.details.get("case", {})
        columns |= told
        for name in IN_WORDS & told.keys():
            digests.pop(name, None)  # emptied
        for name in IN_WORDS & event.details.get("texts", {}).keys():
            digests[name] = (event.sequence, event.details["texts"][name])
        for key, changes in event.details.get("clocks", {}).items():
            moves = [*clocks[key].get("moves", []), *changes.get("moves", [])]
            clocks[key] |= changes | {"moves": moves}
    return columns, digests, clocks


def moves_of(clock: Clock) -> Any:
    """The moves of a deadline, oldest first, as the log tells them."""
    return plain([move_told(move) for move in sorted(clock.moves.all(), key=lambda move: move.pk)])


def unlike(row: Case | Clock, told: Mapping[str, Any], *, apart: Iterable[str] = ()) -> list[str]:
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
