"""Papers that stay inside: 转办单 of a case that goes to another unit, 协办单 of help, 督办单 of an order."""

from typing import Any

from django.utils.translation import gettext as _

from complaints.dossier import Dossier
from complaints.letters.kinds import LetterKind, day_of, texts_of
from complaints.models import Offer, Task
from complaints.services.taxonomy import CATEGORY_B, REASON_C, label


def about(dossier: Dossier) -> dict[str, Any]:
    """What a case is about, without who complains."""
    case = dossier.case
    return {
        "subject": case.subject,
        "nature": case.get_nature_display(),
        "level": case.get_level_display(),
        "category": label(CATEGORY_B, case.category) if case.category else "",
        "reason": label(REASON_C, case.reason) if case.reason else "",
        "complained": case.complained_unit or "",
    }


def passed_on(dossier: Dossier) -> Offer | None:
    """The last offer of the case that led, or leads, to another unit; None: there is none."""
    went = (Offer.Outcome.ACCEPTED, Offer.Outcome.TAKEN, "")
    ours = (row for row in reversed(dossier.offers) if row.unit_id != row.from_unit_id and row.outcome in went)
    return next(ours, None)


def unless_passed_on(dossier: Dossier) -> str:
    return "" if passed_on(dossier) else _("Only of a case that was passed on to another unit.")


def handed_on(dossier: Dossier) -> dict[str, Any]:
    row = passed_on(dossier)
    assert row is not None
    return {**about(dossier), "from_unit": row.from_unit, "to_unit": row.unit, "day": day_of(row.at)}


def asked_for(dossier: Dossier) -> Task | None:
    """The newest task that waits for an answer, and is no order."""
    return next((task for task in reversed(dossier.tasks) if task.is_open and task.is_help), None)


def unless_asked(dossier: Dossier) -> str:
    return "" if asked_for(dossier) else _("Only while somebody is asked for help.")


def asked(dossier: Dossier) -> dict[str, Any]:
    task = asked_for(dossier)
    assert task is not None
    return {
        **about(dossier),
        "asked": task.unit,
        "ask": texts_of(dossier.case, task.event_sequence).get("ask", ""),
        "until": day_of(task.due_at),
        "by": task.by,
    }


def never_alone(dossier: Dossier) -> str:
    return _("It is issued by the order itself.")


LETTERS = (
    LetterKind("handover", "消费投诉转办单", "转办", unless_passed_on, handed_on),
    LetterKind("help", "消费投诉协办单", "协办", unless_asked, asked),
    LetterKind("supervision", "消费投诉督办单", "督办", never_alone, about),
)
