"""Letters of the first days: what was registered, what was handed over, that it was accepted, what is still needed."""

from typing import Any

from django.utils.translation import gettext as _

from complaints.dossier import Dossier
from complaints.letters.kinds import LetterKind, day_of, texts_of
from complaints.models import Nature, Representative, State
from complaints.models.representative import AUTHORITY, CAPACITY, PAPERS
from complaints.services.taxonomy import CATEGORY_B, label
from feedback.channels import channel_label
from sla.models import Basis

AT_THE_COUNTER = ("counter", "letter")


def is_complaint(dossier: Dossier) -> bool:
    return dossier.case.nature == Nature.COMPLAINT and dossier.case.kind == dossier.case.Kind.ORIGINAL


def unless_complaint(dossier: Dossier) -> str:
    return "" if is_complaint(dossier) else _("Only of a complaint.")


def always(dossier: Dossier) -> str:
    return ""


def registered(dossier: Dossier) -> dict[str, Any]:
    """消费投诉登记 (Art. 14): the facts as they were taken down."""
    case = dossier.case
    return {
        "channel": channel_label(case.channel),
        "nature": case.get_nature_display(),
        "level": case.get_level_display(),
        "complainant": label("complainant_type", case.complainant_type),
        "speakers": [label(CAPACITY, row.capacity) for row in dossier.representatives if row.ended_at is None],
        "complainants": case.complainants,
        "complained": case.complained_unit or "",
        "staff": "、".join(case.named_staff),
        "line": case.business_line or "",
        "product": case.product,
        "amount": case.amount,
        "category": label(CATEGORY_B, case.category) if case.category else "",
        "demand": label("demand", case.demand) if case.demand else "",
        "subject": case.subject,
    }


def unless_handed_over(dossier: Dossier) -> str:
    brought = dossier.case.channel in AT_THE_COUNTER
    return "" if brought else _("Only of what was handed over at a counter or by letter.")


def handed_over(dossier: Dossier) -> dict[str, Any]:
    titles = dossier.case.attachments.order_by("pk").values_list("title", flat=True)
    return {"papers": [*titles], "by_letter": dossier.case.channel == "letter"}


def unless_accepted(dossier: Dossier) -> str:
    if not is_complaint(dossier) or not dossier.case.promised_due_at:
        return _("Only of a complaint whose deadline of the law runs.")
    return ""


def accepted(dossier: Dossier) -> dict[str, Any]:
    return {"subject": dossier.case.subject}


def unless_waiting(dossier: Dossier) -> str:
    return "" if dossier.case.state == State.WAITING_CUSTOMER else _("Only while material is awaited of the customer.")


def awaited(dossier: Dossier) -> dict[str, Any]:
    """What was asked for last, and until when."""
    event = dossier.case.events.filter(verb="ask_customer").latest("sequence")
    wait = next((one for one in dossier.clocks if one.kind == "wait" and one.stopped_at is None), None)
    law = any(one.basis == Basis.STATUTORY and one.stopped_at is None for one in dossier.clocks)
    return {
        "what": texts_of(dossier.case, event.sequence).get("reply", ""),
        "until": day_of(wait.due_at) if wait else "",
        "law": law,
    }


def unseen(dossier: Dossier) -> list[Representative]:
    """Who speaks for the complainant by a paper that nobody has seen."""
    return [row for row in dossier.representatives if row.ended_at is None and not row.seen]


def unless_unseen(dossier: Dossier) -> str:
    return "" if unseen(dossier) else _("Only while nobody has seen by which paper somebody speaks for another.")


def to_be_shown(dossier: Dossier) -> dict[str, Any]:
    """受托资料清单 (Art. 12, Art. 14): of each capacity the papers of which one is needed."""
    wanted = dict.fromkeys(row.capacity for row in unseen(dossier))
    papers = [(label(CAPACITY, one), "或者".join(label(AUTHORITY, paper) for paper in PAPERS[one])) for one in wanted]
    return {"subject": dossier.case.subject, "papers": papers}


LETTERS = (
    LetterKind("registration", "消费投诉登记表", "登记", always, registered),
    LetterKind("reception", "接待回执", "回执", unless_handed_over, handed_over),
    LetterKind("acceptance", "消费投诉受理告知书", "受理告知", unless_accepted, accepted),
    LetterKind("material", "补充材料通知书", "补充材料", unless_waiting, awaited),
    LetterKind("authority", "补正通知书（受托资料清单）", "补正", unless_unseen, to_be_shown),
)
