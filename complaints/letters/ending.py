"""Letters of the other ends, of what was agreed, and of a review."""

from typing import Any

from django.utils.translation import gettext as _

from complaints.dossier import Dossier
from complaints.letters.deciding import approved
from complaints.letters.kinds import LetterKind, day_of, texts_of
from complaints.models import Agreement, Case, Redress, State
from complaints.services.redress import money
from complaints.services.taxonomy import label

OTHERWISE = ("MEDIATED", "UNREACHABLE")  # codes of the list `close_reason`


def unless_declined(dossier: Dossier) -> str:
    declined = dossier.case.state == State.DECLINED or dossier.license("decline")
    return "" if declined else _("Only once a refusal is granted.")


def refused(dossier: Dossier) -> dict[str, Any]:
    granted, case = dossier.license("decline"), dossier.case
    ground = granted.arguments["decline_reason"] if granted else case.close_reason
    return {"subject": case.subject, "ground": label("decline_reason", ground)}


def unless_withdrawn(dossier: Dossier) -> str:
    return "" if dossier.case.state == State.WITHDRAWN else _("Only of a case that the customer has withdrawn.")


def withdrawn(dossier: Dossier) -> dict[str, Any]:
    day = dossier.round.credited_at or dossier.round.closed_at
    assert day is not None
    return {"subject": dossier.case.subject, "day": day_of(day)}


def unless_ended_otherwise(dossier: Dossier) -> str:
    case = dossier.case
    ended = case.state == State.CLOSED and case.close_reason in OTHERWISE
    return "" if ended else _("Only of a case that ended without a decision of ours.")


def ended(dossier: Dossier) -> dict[str, Any]:
    case, day = dossier.case, dossier.round.closed_at
    assert day is not None
    return {"subject": case.subject, "ground": label("close_reason", case.close_reason), "day": day_of(day)}


def last_agreement(dossier: Dossier) -> Agreement | None:
    return dossier.case.agreements.order_by("-pk").first()


def unless_agreed(dossier: Dossier) -> str:
    return "" if last_agreement(dossier) else _("Only once an agreement with the customer is recorded.")


def agreed(dossier: Dossier) -> dict[str, Any]:
    row = last_agreement(dossier)
    assert row is not None
    return {
        "terms": texts_of(dossier.case, row.event_sequence).get("terms", ""),
        "until": day_of(row.until) if row.until else "",
        "method": label("notification_method", row.method) if row.method else "",
    }


def promised(dossier: Dossier) -> list[Redress]:
    return [row for row in dossier.redress if row.taken_back_at is None]


def unless_promised(dossier: Dossier) -> str:
    return "" if promised(dossier) else _("Only once redress is promised.")


def settled(dossier: Dossier) -> dict[str, Any]:
    return {
        "subject": dossier.case.subject,
        "payments": [
            {"kind": label("redress_kind", row.kind), "amount": money(row.amount), "day": day_of(row.pay_by)}
            for row in promised(dossier)
        ],
    }


def is_review(dossier: Dossier) -> bool:
    return dossier.case.kind == Case.Kind.REVIEW


def unless_review(dossier: Dossier) -> str:
    return "" if is_review(dossier) else _("Only of a review.")


def reviewed(dossier: Dossier) -> dict[str, Any]:
    link = dossier.case.review_of
    return {"reviewed": link.other.reference if link else "", "decided_by": dossier.case.complained_unit or ""}


def unless_concluded(dossier: Dossier) -> str:
    if is_review(dossier) and approved(dossier) is not None:
        return ""
    return _("Only once the conclusion of a review is approved.")


def concluded(dossier: Dossier) -> dict[str, Any]:
    row = approved(dossier)
    assert row is not None
    words = texts_of(dossier.case, row.event_sequence)
    return {
        **reviewed(dossier),
        "process": row.get_on_process_display(),
        "time_limits": row.get_on_time_limits_display(),
        "result": row.get_on_result_display(),
        "conclusion": row.get_conclusion_display(),
        "findings": words.get("findings", ""),
        "outcome": words.get("outcome", ""),
    }


LETTERS = (
    LetterKind("refusal", "消费投诉不予办理告知书", "不予办理", unless_declined, refused, binds=True),
    LetterKind("withdrawal", "撤回投诉确认书", "撤回确认", unless_withdrawn, withdrawn),
    LetterKind("termination", "消费投诉终止办理告知书", "终止办理", unless_ended_otherwise, ended),
    LetterKind("agreement", "协商约定书", "协商约定", unless_agreed, agreed, binds=True),
    LetterKind("settlement", "和解协议书", "和解协议", unless_promised, settled, binds=True),
    LetterKind("review_opened", "核查受理告知书", "核查受理", unless_review, reviewed),
    LetterKind("review_result", "核查结论告知书", "核查结论", unless_concluded, concluded, binds=True),
)
