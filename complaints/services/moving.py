"""The one way a case changes: lock it, ask the rule, the right and the gate, move, write the event."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_fsm import can_proceed, has_transition_perm

from complaints.errors import GateNotMet, NotAllowed, Stale, WrongState
from complaints.models import Case, CaseEvent, CaseText, Unread
from complaints.services.gates import missing_for, out_of_turn
from complaints.words import state_label, verb_label
from organization.models import User
from security.chain import START, link, plain
from security.redaction import redact
from sqm_site.errors import NotFound

# They add something beside the facts and leave the ETag as it is.
BESIDE_THE_FACTS = frozenset({"note", "acknowledge_escalation", "fire"})
# All columns but the long ones, which no verb but amend touches.
MOVED = [
    field.name
    for field in Case._meta.concrete_fields
    if not field.primary_key and field.name not in {"text", "bigrams", "reference"}
]


class Clockwork(Protocol):
    def __call__(self, case: Case, *, at: datetime) -> None: ...


@dataclass(frozen=True)
class Words:
    """What a person wrote in one field of a verb. Sealed as given, redacted to be read."""

    kind: str
    words: str


class verb:  # noqa: N801  it is used as a decorator
    """Makes the body of a verb its door-side function.

    The body gets the locked case; callers give `reference`, `actor`, optionally `at` (default: now) and `version`
    (the ETag they saw), and get the case as it is then. `inside` is the body itself, for a verb that another verb
    runs in its own transaction. Raises NotFound, Stale, WrongState, NotAllowed, GateNotMet; then nothing is written.
    """

    def __init__(self, inside: Callable[..., None]) -> None:
        self.inside = inside
        functools.update_wrapper(self, inside)

    def __call__(
        self, reference: str, *, actor: User, at: datetime | None = None, version: int | None = None, **given: Any
    ) -> Case:
        with transaction.atomic():
            case = lock(reference, actor, version=version)
            self.inside(case, actor=actor, at=at or timezone.now(), **given)
        return case


def lock(reference: str, actor: User, *, version: int | None = None) -> Case:
    """Fetch a case of the actor's area under its row lock. Raises NotFound, Stale."""
    rows = Case.objects.reachable_by(actor).filter(reference=reference)
    case = rows.select_for_update(of=("self",)).select_related("handling_unit", "owner", "first_receiver").first()
    if case is None:
        raise NotFound(what=reference)
    if version is not None and version != case.version:
        raise Stale(given=version, current=case.version)
    return case


def move(
    case: Case,
    name: str,
    *,
    actor: User,
    at: datetime,
    words: Iterable[Words] = (),
    details: Mapping[str, Any] | None = None,
    clocks: Clockwork | None = None,
    **arguments: Any,
) -> CaseEvent:
    """Run one edge of the workflow on a locked case, move its clocks and write its event.

    details    codes, ids and times for the event; never people's words
    clocks     what the edge does to the clocks of the case: `clocks.stopping(...)`, `clocks.pause` ...
    arguments  go to the transition method, and to the gate
    """
    ask(case, name, actor=actor, at=at, arguments=arguments)
    before = case.state
    getattr(case, name)(at=at, **arguments)
    if clocks is not None:
        clocks(case, at=at)
    return write(case, name, before=before, actor=actor, at=at, words=words, details=details)


def ask(case: Case, name: str, *, actor: User, at: datetime, arguments: Mapping[str, Any]) -> None:
    """The checks in the order a door promises: 409 wrong state, 403 no right, 422 gate."""
    transition = getattr(case, name)
    if not can_proceed(transition) or out_of_turn(case, name):
        raise WrongState(verb=verb_label(name), state=state_label(case.state))
    if not has_transition_perm(transition, actor):
        raise NotAllowed(verb=verb_label(name))
    missing = missing_for(case, name, at, arguments)
    if missing:
        raise GateNotMet(verb=verb_label(name), missing=missing)


def write(
    case: Case,
    name: str,
    *,
    before: str,
    actor: User,
    at: datetime,
    words: Iterable[Words] = (),
    details: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """Append the event of a change already made to `case`, and save both."""
    event = next_event(case, name, before=before, actor=actor, at=at, words=words, details=details)
    if name not in BESIDE_THE_FACTS:
        case.version += 1
    case.save(update_fields=MOVED)
    event.save(force_insert=True)
    Unread.objects.bulk_create(unread(event))
    return event


def next_event(
    case: Case,
    name: str,
    *,
    before: str,
    actor: User,
    at: datetime,
    words: Iterable[Words] = (),
    details: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """The event that follows the last one of this case, hashed; saves the texts but not the event."""
    case.event_count += 1
    texts = [text_row(case, spoken) for spoken in words if spoken.words]
    facts = plain(dict(details or {}))
    if texts:
        facts["texts"] = {row.kind: row.digest_of(spoken) for row, spoken in texts}
    event = CaseEvent(
        case=case,
        sequence=case.event_count,
        verb=name,
        before=before,
        after=case.state,
        actor=actor,
        at=at,
        round=case.round,
        details=facts,
        previous_hash=case.last_hash or START,
    )
    event.hash = case.last_hash = link(event.previous_hash, event.payload())
    CaseText.objects.bulk_create([row for row, _ in texts])
    return event


def text_row(case: Case, spoken: Words) -> tuple[CaseText, str]:
    row = CaseText(
        case_id=case.pk,
        event_sequence=case.event_count,
        kind=spoken.kind,
        text=redact(spoken.words),
        salt=uuid4().hex,
    )
    row.words = spoken.words
    return row, spoken.words


def unread(event: CaseEvent) -> list[Unread]:
    return [Unread(event_id=event.pk, case_id=event.case_id, reader=reader) for reader in settings.EVENT_READERS]
