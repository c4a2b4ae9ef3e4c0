"""What stands above everything else on a case page: why it came back, and what waits for a second person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.desk.inwords import day_of, ground
from complaints.desk.timeline import Timeline
from complaints.models import Approval, Case
from complaints.services.redress import money
from complaints.services.routes import whom
from complaints.services.taxonomy import label
from complaints.verbs import label_of

# What the second person has to know of the form as it was asked for: by its name, from its value.
SHOWN: dict[str, Callable[[Any], Any]] = {
    "decline_reason": lambda code: label("decline_reason", code),
    "close_reason": lambda code: label("close_reason", code),
    "ground": ground,
    "days": lambda days: ngettext("%(days)d day more", "%(days)d days more", days) % {"days": days},
    "into": lambda reference: _("into {case}").format(case=reference),
    "authority": lambda code: label("authority", code),
    "seen": lambda code: label("paper_seen", code),
    "kind": lambda code: label("redress_kind", code),
    "amount": lambda amount: _("{amount} yuan").format(amount=money(Decimal(amount))),
    "until": lambda day: _("until {day}").format(day=day_of(day)),
}


@dataclass(frozen=True)
class CameBack:
    """Why the round began."""

    cause: Any
    at: datetime
    by: Any
    words: list[str]


@dataclass(frozen=True)
class OpenApproval:
    """A verb that waits for its second person: who asked, for what, with which words."""

    approval: Approval
    verb: Any
    facts: str
    words: list[str]


def came_back(case: Case, timeline: Timeline) -> CameBack | None:
    """Of a case in a later round: what the customer or a colleague said when it came back."""
    begun = case.current_round
    if begun.number == 1:
        return None
    # what led to it, such as the customer's answer, is an event of the same moment
    events = [event for event in timeline.events if event.at == begun.began_at]
    events = events or list(case.events.filter(at=begun.began_at).select_related("actor").order_by("sequence"))
    # in the order of writing, and what was handed on in the same words once
    words = dict.fromkeys(text.text for text in timeline.said_with(case, [event.sequence for event in events]))
    by = next((event.actor for event in events if event.actor_id == begun.began_by_id), None) or begun.began_by
    return CameBack(label_of(begun.cause), begun.began_at, by, list(words))


def open_approvals(case: Case, approvals: Iterable[Approval], at: datetime) -> list[OpenApproval]:
    """Of the approvals those that are open, each with what its second person has to know."""
    rows = [row for row in approvals if row.is_open(at)]
    texts: dict[int, list[str]] = {row.event_sequence: [] for row in rows}
    if rows:
        for text in case.texts.filter(event_sequence__in=texts).order_by("pk"):
            texts[text.event_sequence].append(text.text)
    return [OpenApproval(row, label_of(row.verb), facts_of(row), texts[row.event_sequence]) for row in rows]


def facts_of(row: Approval) -> str:
    """What it is about, and by whom it is decided, where not everybody with the right does."""
    said = [str(write(row.arguments[name])) for name, write in SHOWN.items() if row.arguments.get(name)]
    return " · ".join([*said, *([_("decided by: {whom}").format(whom=whom(row.route))] if row.route else [])])
