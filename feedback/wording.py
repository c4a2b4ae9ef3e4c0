"""The words of a notice: templates/notices/<kind>.txt. Its first line is the subject, the rest the body."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils.dateparse import parse_datetime
from django.utils.translation import pgettext_lazy as pgettext

from feedback.models import Notice
from sla.models import ClockKind

# What a notice is about, in a word: for lists of many.
KINDS = {
    "absorbed": pgettext("notice", "Another case merged into it"),
    "acknowledgement": pgettext("notice", "Acknowledgement"),
    "approval_asked": pgettext("notice", "Approval asked for"),
    "approval_decided": pgettext("notice", "Approval decided"),
    "authority_wanted": pgettext("notice", "Paper of authority asked for"),
    "breach": pgettext("notice", "Deadline missed"),
    "chase": pgettext("notice", "Chased"),
    "copied_in": pgettext("notice", "Copied in"),
    "countersign": pgettext("notice", "To countersign"),
    "decided": pgettext("notice", "Check passed"),
    "decision": pgettext("notice", "Decision"),
    "escalation": pgettext("notice", "Escalation"),
    "first_receiver": pgettext("notice", "First receiver told"),
    "group": pgettext("notice", "Gathered into a group complaint"),
    "joined": pgettext("notice", "Customer wrote again"),
    "let_in": pgettext("notice", "Let in"),
    "liability_appealed": pgettext("notice", "Liability appealed"),
    "liability_ruled": pgettext("notice", "Liability ruled on"),
    "merged": pgettext("notice", "Merged"),
    "offer": pgettext("notice", "To sign for"),
    "order": pgettext("notice", "Supervision order"),
    "order_lapsed": pgettext("notice", "Supervision order lapsed"),
    "pressed": pgettext("notice", "Chased often"),
    "proposal_decided": pgettext("notice", "Change of the configuration decided"),
    "quarantined": pgettext("notice", "File in quarantine"),
    "refused": pgettext("notice", "Sent back unsigned"),
    "reminder": pgettext("notice", "Deadline near"),
    "reopened": pgettext("notice", "Reopened"),
    "reply": pgettext("notice", "Reply"),
    "returned": pgettext("notice", "Check not passed"),
    "review_requested": pgettext("notice", "Review asked for"),
    "review_told": pgettext("notice", "Review decided"),
    "survey": pgettext("notice", "Survey"),
    "task": pgettext("notice", "Help asked for"),
    "task_answered": pgettext("notice", "Task answered"),
    "task_chased": pgettext("notice", "Task chased"),
    "task_overdue": pgettext("notice", "Task overdue"),
    "task_withdrawn": pgettext("notice", "Task withdrawn"),
    "to_check": pgettext("notice", "To check"),
    "transferred": pgettext("notice", "Transferred by a body"),
    "unmerged": pgettext("notice", "Merger taken back"),
    "watched": pgettext("notice", "A case you follow went on"),
    "withdrawn": pgettext("notice", "Withdrawn"),
}


@dataclass(frozen=True)
class Wording:
    subject: str
    body: str


def word(notice: Notice, words: str = "") -> Wording:
    """Word a notice in the active language. `words` are the sealed ones, opened by whoever may."""
    house = {"public_url": public_url, "telephone": settings.TELEPHONE}
    context = {**readable(notice.context), "about": notice.about, "words": words, **house}
    # Plain text: a page that shows it escapes it, a mail must not be escaped.
    text = template_of(notice.kind).render(Context(context, autoescape=False))
    subject, _, body = text.strip().partition("\n")
    return Wording(subject=subject.strip(), body=body.strip())


@functools.cache
def template_of(kind: str) -> Any:
    """The template of a kind. Raises TemplateDoesNotExist: a kind is only used after its words are written."""
    return get_template(f"notices/{kind}.txt").template  # type: ignore[attr-defined]


def readable(context: Mapping[str, Any]) -> dict[str, Any]:
    """Codes as words, times as moments."""
    shown = dict(context)
    for name, value in context.items():
        if name.endswith("_at"):
            shown[name] = parse_datetime(value)
    if "clock" in context:
        shown["clock"] = ClockKind.label_of(context["clock"])
    return shown


def public_url() -> str:
    """Where customers reach us; asked for only by templates that write a link."""
    return str(settings.PUBLIC_URL).rstrip("/")
