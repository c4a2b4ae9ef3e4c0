"""The decision that waits for its check, whole and on top for who checks it, with what changed since the last one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from complaints.desk.inwords import FACTS, TEXT_LABELS
from complaints.desk.timeline import Timeline
from complaints.dossier import Dossier
from complaints.models import Decision
from complaints.verb import Verb

CHECKS = frozenset({"approve_decision", "return_decision"})
OF_CASE = ("finding", "demand_met")
OF_REVIEW = ("conclusion", "on_process", "on_time_limits", "on_result")
WORDS = ("findings", "basis", "outcome", "remedies")
SAME, GONE, NEW = "same", "gone", "new"
CLAUSES = re.compile(r"[^，。；：！？,;\n]*[，。；：！？,;\n]|[^，。；：！？,;\n]+")
SIGNS = re.compile(r"[A-Za-z0-9.,]+|.", re.DOTALL)
CLOSE = 300  # characters of a passage up to which its signs are compared one by one; a longer one is shown whole

Piece = tuple[str, str]  # same, gone or new, and the text


@dataclass(frozen=True)
class Part:
    """One field of a decision, in pieces."""

    label: Any
    pieces: list[Piece]

    @property
    def changed(self) -> bool:
        return any(kind != SAME for kind, _text in self.pieces)


@dataclass(frozen=True)
class Drafted:
    """The draft beside the decision before it. earlier: None, where it is the first."""

    decision: Decision
    facts: list[Part]
    parts: list[Part]
    earlier: Decision | None

    @property
    def changed(self) -> bool:
        return any(part.changed for part in (*self.facts, *self.parts))


def drafted(dossier: Dossier, verbs: list[Verb], timeline: Timeline) -> Drafted | None:
    """For who may check. verbs: those that the reader may use."""
    draft = dossier.draft
    if draft is None or not CHECKS & {verb.name for verb in verbs}:
        return None
    earlier = next((row for row in reversed(dossier.decisions) if row.pk < draft.pk), None)
    rows = [row.event_sequence for row in (draft, earlier) if row is not None]
    texts = {(row.event_sequence, row.kind): row.text for row in timeline.said_with(dossier.case, rows)}

    def words(row: Decision | None, kind: str) -> str:
        return texts.get((row.event_sequence, kind), "") if row is not None else ""

    return Drafted(
        draft,
        facts=[fact(name, draft, earlier) for name in (OF_REVIEW if draft.conclusion else OF_CASE)],
        parts=[
            Part(TEXT_LABELS[kind], compared(words(earlier, kind), words(draft, kind), begun=earlier is None))
            for kind in WORDS
        ],
        earlier=earlier,
    )


def fact(name: str, draft: Decision, earlier: Decision | None) -> Part:
    now = FACTS[name](getattr(draft, name))
    was = FACTS[name](getattr(earlier, name)) if earlier is not None else now
    return Part("", [(SAME, now)] if was == now else [(GONE, was), (NEW, now)])


def compared(was: str, now: str, *, begun: bool = False) -> list[Piece]:
    """The text as it is, with what went and what came. begun: nothing stood there before, so nothing is new."""
    if begun or was == now:
        return [(SAME, now)] if now else []
    return joined(pieces(CLAUSES.findall(was), CLAUSES.findall(now)))


def pieces(was: list[str], now: list[str], *, closely: bool = True) -> Iterator[Piece]:
    for kind, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        before, after = "".join(was[i:j]), "".join(now[k:m])
        if kind == "equal":
            yield SAME, after
        elif closely and before and after and len(before) + len(after) <= CLOSE:
            yield from pieces(SIGNS.findall(before), SIGNS.findall(after), closely=False)
        else:
            yield from ((one, text) for one, text in ((GONE, before), (NEW, after)) if text)


def joined(found: Iterator[Piece]) -> list[Piece]:
    """Neighbours of one kind are one piece."""
    whole: list[Piece] = []
    for kind, text in found:
        if whole and whole[-1][0] == kind:
            whole[-1] = (kind, whole[-1][1] + text)
        else:
            whole.append((kind, text))
    return whole
