"""A case that begins from another one: a review (核查) of its decision, or what was split off (拆分)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from complaints.chronicle import (
    Words,
    begun,
    changed,
    next_event,
    searched,
    subject_digest,
    text_row,
    texts_of,
    unread,
    words_of,
)
from complaints.models import Case, Clock, Link
from complaints.recorded import Recorded
from complaints.services.rechecks import look_again
from complaints.services.reference import REFERENCE_TRIES
from organization.models import User
from sqm_site.errors import Unavailable, constraint_of
from sqm_site.inserting import insert_together


@dataclass(frozen=True)
class Opening:
    """A case with its round and owner, the links to that from which it begins, and its clocks. All unsaved."""

    case: Case
    links: Sequence[Link]
    clocks: Sequence[Clock]


def opened(
    prepare: Callable[[], Opening], kind: Recorded, *, said: Mapping[str, str], by: User, at: datetime, **facts: Any
) -> Case:
    """Store what was prepared; prepared anew with another reference, where the one that was drawn is taken.

    said   what people wrote, by kind of text
    facts  what the event says beside the case
    Raises Unavailable when every reference drawn was taken.
    """
    for _try in range(REFERENCE_TRIES):
        opening = prepare()
        try:
            with transaction.atomic():
                record(opening, kind, said, by=by, at=at, facts=facts)
        except IntegrityError as error:
            if constraint_of(error) != "case_reference":
                raise
        else:
            case = opening.case
            if case.barred and case.owner is not None and case.owner.is_service:
                look_again([case.pk], at=at)
            return case
    raise Unavailable


def record(
    opening: Opening, kind: Recorded, said: Mapping[str, str], *, by: User, at: datetime, facts: Mapping[str, Any]
) -> None:
    """The case and the rows around it, in one statement."""
    case, hanging = opening.case, [*opening.clocks, *opening.links]
    columns = changed(case)
    spoken = [*texts_of(case, columns), *(Words(name, words) for name, words in said.items() if words)]
    texts = [text_row(case, words, sequence=1) for words in spoken]
    event = next_event(
        case,
        kind.name,
        before="",
        actor=by,
        at=at,
        happened_at=case.received_at,
        texts=texts,
        details={
            "owner": case.owner_id,
            **facts,
            "subject": subject_digest(case.subject),
            "case": columns,
            **begun(case.current_round, *hanging),
        },
    )
    waiting = [(row, {"case_id": case}) for row in unread(event)]
    sealed = [row for row, _words in texts]
    found = [row for text in sealed for row in searched(text)]
    title = words_of(case, "message", case.subject, sequence=event.sequence)
    insert_together(case, case.current_round, event, *waiting, *hanging, *sealed, *title, *found)
