"""Letters of what was decided, to the customer and to the body that transferred the case."""

from typing import Any

from django.utils.translation import gettext as _

from complaints.dossier import Dossier
from complaints.letters.kinds import LetterKind, day_of, texts_of
from complaints.models import Case, Decision, ExternalReference, Redress
from complaints.services.redress import money
from complaints.services.remedies import remedies_of
from complaints.services.taxonomy import label


def approved(dossier: Dossier) -> Decision | None:
    """The decision of this round that a second person has approved; None: there is none."""
    ours = (row for row in reversed(dossier.decisions) if row.round_id == dossier.round.pk)
    return next((row for row in ours if row.status == Decision.Status.APPROVED), None)


def unless_decided(dossier: Dossier) -> str:
    if dossier.case.kind == Case.Kind.REVIEW or approved(dossier) is None:
        return _("Only once a decision is approved.")
    return ""


def decided(dossier: Dossier) -> dict[str, Any]:
    """The words of the decision as they were approved, and the ways that remain."""
    row = approved(dossier)
    assert row is not None
    words = texts_of(dossier.case, row.event_sequence)
    return {
        "subject": dossier.case.subject,
        "finding": label("finding", row.finding) if row.finding else "",
        "findings": words.get("findings", ""),
        "basis": words.get("basis", ""),
        "outcome": words.get("outcome", ""),
        "remedies": remedies_of(dossier.case),
    }


def reference_of(dossier: Dossier) -> ExternalReference | None:
    """The transfer that waits for its answer, else the last one."""
    return next(iter(dossier.unanswered), None) or next(reversed(dossier.references), None)


def unless_transferred(dossier: Dossier) -> str:
    if reference_of(dossier) is None:
        return _("Only of what a regulator or a hotline has transferred.")
    return unless_decided(dossier)


def reported(dossier: Dossier) -> dict[str, Any]:
    reference, told = reference_of(dossier), dossier.told
    assert reference is not None
    given = [row for row in dossier.redress if row.taken_back_at is None]
    return {
        **decided(dossier),
        "body": label("external_body", reference.body),
        "number": reference.number,
        "root_cause": label("root_cause", dossier.case.root_cause) if dossier.case.root_cause else "",
        "transferred": day_of(reference.received_at),
        "told": day_of(told.told_at) if told else "",
        "method": label("notification_method", told.method) if told else "",
        "redress": [f"{label('redress_kind', row.kind)}{in_yuan(row)}" for row in given],
    }


def in_yuan(row: Redress) -> str:
    """Empty for what has no price."""
    return f" {money(row.amount)} 元" if row.amount else ""


LETTERS = (
    LetterKind("decision", "消费投诉处理决定书", "处理决定", unless_decided, decided, binds=True),
    LetterKind("regulator", "消费投诉办理情况报告", "办理报告", unless_transferred, reported, binds=True),
)
