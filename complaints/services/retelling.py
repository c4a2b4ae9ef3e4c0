"""What the log says of a case: its events, replayed from the first one on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from complaints.chronicle import IN_WORDS, blank
from complaints.hanging import BESIDE
from complaints.models import Case, CaseEvent, Clock, Firing

Place = tuple[int, str]  # where a text belongs: the sequence of its event, and its kind


@dataclass
class Replayed:
    """What the log says of a case.

    columns  of the case
    rows     those that hang on it: kind -> key -> columns; of a message also `said`, of a clock also `moves`
    began    (kind, key) -> the event that told of the row first
    texts    (sequence, kind) -> digest of what somebody wrote
    worded   column that people wrote -> the text that says it now
    subject  digest of the title, where no message says it: of an imported case, or as a person wrote it
    retitled  whether a person wrote it
    """

    columns: dict[str, Any] = field(default_factory=lambda: dict(blank(Case)))
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in BESIDE.values()})
    began: dict[tuple[str, str], CaseEvent] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    worded: dict[str, Place] = field(default_factory=dict)
    subject: str = ""
    retitled: bool = False


def replayed(events: Iterable[CaseEvent]) -> Replayed:
    """What these events tell, the oldest first."""
    told = Replayed()
    for event in events:
        columns, texts = event.details.get("case", {}), event.details.get("texts", {})
        told.columns |= columns
        told.subject = event.details.get("subject", told.subject)
        told.retitled |= event.sequence > 1 and "subject" in event.details
        told.texts |= {(event.sequence, kind): digest for kind, digest in texts.items()}
        for name in IN_WORDS & columns.keys():
            told.worded.pop(name, None)  # emptied
        told.worded |= {name: (event.sequence, name) for name in IN_WORDS & texts.keys()}
        for model, kind in BESIDE.items():
            for key, changes in rows_in(event, kind).items():
                row = row_of(told, model, key, event)
                moves = [*row.get("moves", []), *changes.get("moves", [])]
                row |= changes | {"moves": moves}
        hear_rungs(told, event)
    return told


def rows_in(event: CaseEvent, kind: str) -> dict[str, dict[str, Any]]:
    """What an event tells of rows of a kind; where it only names one, as an asked for payment its redress, nothing."""
    rows = event.details.get(kind, {})
    return rows if isinstance(rows, dict) else {}


def row_of(told: Replayed, model: type[Model], key: str, event: CaseEvent) -> dict[str, Any]:
    kind = BESIDE[model]
    if key not in told.rows[kind]:
        told.rows[kind][key] = dict(blank(model))
        told.began[kind, key] = event
    return told.rows[kind][key]


def hear_rungs(told: Replayed, event: CaseEvent) -> None:
    """Firings are told by the rungs of their event. What climbs, and who takes note, stands there as of any row."""
    if event.verb == "fire":
        clocks = told.rows[BESIDE[Clock]]
        for rung in event.details["rungs"]:
            row = row_of(told, Firing, f"{rung['key']}:{rung['position']}", event)
            due_was = clocks.get(rung["key"], {}).get("due_at")
            row |= {"kind": rung["kind"], "level": rung["level"], "recipient_id": rung["recipient"]}
            row |= {"fired_at": event.at, "due_was": due_was}
