"""How the log of a case is put into words: what each text is called, and how a fact of an event is written out."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.models import Attachment, Decision, Letter, Link, Promise, Satisfaction, Task
from complaints.services.redress import money
from complaints.services.taxonomy import codes, label
from complaints.verbs.hearing import TOLD_TO

TEXT_LABELS = {
    "reply": pgettext("text", "Told the customer"),
    "note": pgettext("text", "Note"),
    "gist": pgettext("text", "Gist"),
    "reason": pgettext("text", "Reason"),
    "subject": pgettext("text", "Title"),
    "findings": pgettext("text", "What was found"),
    "basis": pgettext("text", "Basis"),
    "outcome": pgettext("text", "Outcome"),
    "remedies": pgettext("text", "Remedies"),
    "remark": pgettext("text", "Remark"),
    "comment": pgettext("text", "Comment"),
    "plan": pgettext("text", "Plan"),
    "product": pgettext("text", "Product"),
    "named_staff": pgettext("text", "Staff named"),
    "agreement": pgettext("text", "Settlement agreement"),
    "evidence": pgettext("text", "Evidence"),
    "proof": pgettext("text", "Proof of the telling"),
    "text": pgettext("text", "Handled apart"),
    "common": pgettext("text", "What they have in common"),
    "terms": pgettext("text", "What was agreed"),
    "paper": pgettext("text", "Paper"),
    "material": pgettext("text", "New material"),
    "representative_name": pgettext("text", "Representative"),
    "answer": pgettext("text", "Answer"),
    "ask": pgettext("text", "What is asked"),
    "promised": pgettext("text", "What was promised"),
    "colleague": pgettext("text", "Colleague let in"),
    "phone": pgettext("text", "Phone"),
    "email": pgettext("text", "E-mail"),
    "openid": pgettext("text", "WeChat openid"),
    "letter": pgettext("text", "Letter"),
}


def ground(code: str) -> str:
    """Why a deadline does not count, or ends later: the codes of the two lists differ."""
    return label("clock_exclusion" if code in codes("clock_exclusion") else "extension_ground", code)


def examined(part: Any, value: str) -> str:
    """What a review says of one part of what it examined."""
    return f"{part}: {Decision.Examined(value).label}"


def day_of(written: str) -> str:
    """The day of a date or a moment, as an event has it."""
    moment = datetime.fromisoformat(written)
    return str(moment.date() if moment.tzinfo is None else localtime(moment).date())


# How a fact in an event is written out: by its name, from its value.
FACTS: dict[str, Callable[[Any], Any]] = {
    "method": lambda code: label("notification_method", code),
    "result": lambda code: label("contact_result", code),
    "finding": lambda code: label("finding", code),
    "demand_met": lambda code: label("demand_met", code),
    "root_cause": lambda code: label("root_cause", code),
    "close_reason": lambda code: label("close_reason", code),
    "decline_reason": lambda code: label("decline_reason", code),
    "waived_reason": lambda code: label("waive_reason", code),
    "redress_kind": lambda code: label("redress_kind", code),
    "yuan": lambda amount: _("{amount} yuan").format(amount=money(Decimal(amount))),
    "identity": lambda code: label("identity_check", code),
    "capacity": lambda code: label("capacity", code),
    "authority": lambda code: label("authority", code),
    "seen": lambda code: label("paper_seen", code),
    "told_for": lambda count: _("for {count} complainants").format(count=count),
    "told_to": lambda code: dict(TOLD_TO)[code],
    "liability": lambda code: label("liability", code),
    "measure": lambda code: label("accountability", code),
    "ground": ground,
    "promise": lambda code: label("promise_kind", code),
    "outcome": lambda value: Promise.Status(value).label if value in Promise.Status else "",
    "rule": lambda key: _("by routing rule {key}").format(key=key),
    "task": lambda number: _("task {number}").format(number=number),
    "answer": lambda end: Task.End(end).label if end in Task.End else "",
    "until": lambda day: _("until {day}").format(day=day_of(day)),
    "body": lambda code: label("external_body", code),
    "letter": lambda kind: Letter.Kind(kind).label,
    "number": str,
    "files": lambda count: _("{count} files").format(count=count),
    "verdict": lambda state: Attachment.State(state).label,
    "satisfaction": lambda value: Satisfaction(value).label,
    "link": lambda kind: Link.Kind(kind).label,
    "conclusion": lambda value: Decision.Conclusion(value).label,
    "on_process": lambda value: examined(pgettext("review", "Process"), value),
    "on_time_limits": lambda value: examined(pgettext("review", "Time limits"), value),
    "on_result": lambda value: examined(pgettext("review", "Result"), value),
}
