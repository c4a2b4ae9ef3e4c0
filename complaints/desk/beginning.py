"""What the dialog of a verb begins with: what the case says already, and what is mostly so."""

from collections.abc import Callable
from typing import Any

from complaints.desk.forms import facts_of
from complaints.models import Case
from complaints.services.remedies import remedies_of
from complaints.services.taxonomy import is_leaf
from complaints.verbs import Verb
from organization.models import Unit

COUNTERS = (Unit.Kind.BRANCH, Unit.Kind.SUB_BRANCH)  # what a branch takes in is mostly about that branch
CALLED = "PHONE"
# How a customer who came by this channel is told, to begin with.
METHODS = {"phone": CALLED, "wechat": "WECHAT", "letter": "POST", "email": "EMAIL"}
WHERE, WHAT = "business_channel_A", "business_category_B"
CAME_BY = {"phone": "A10302", "wechat": "A10304", "app": "A10303", "web": "A10304", "counter": "A101"}


def beginning(case: Case, verb: Verb) -> dict[str, Any]:
    """What a dialog begins with: the facts the case has, the usual words, and how customers are mostly told."""
    words = {name: write(case) for name, write in WORDS.get(verb.name, {}).items()}
    method = CALLED if verb.name == "log_contact" else METHODS.get(case.channel, CALLED)
    proposed = {"complained_unit": proposed_unit(case, verb), "category": proposed_category(case, verb)}
    given = facts_of(case, verb.form) | {name: value for name, value in proposed.items() if value}
    return {"method": method, **came_by(case.channel)} | words | given


def proposed_unit(case: Case, verb: Verb) -> str:
    """被投诉单位: the one of the case, else for a first classification the branch that took it in."""
    if case.complained_unit is not None:
        return case.complained_unit.code
    stands_for_all = verb.name == "amend" or case.receiving_unit.kind not in COUNTERS
    return "" if stands_for_all else case.receiving_unit.code


def proposed_category(case: Case, verb: Verb) -> str:
    """The one of the case, else for a first classification that of its business line."""
    if case.category or verb.name == "amend" or case.business_line is None:
        return case.category
    return case.business_line.category if is_leaf(WHAT, case.business_line.category) else ""


def came_by(channel: str) -> dict[str, str]:
    """The business channel as it mostly is of what came by this channel: to begin with, and to be changed."""
    return {"business_channel": CAME_BY[channel]} if is_leaf(WHERE, CAME_BY.get(channel, "")) else {}


def decided_words(case: Case) -> str:
    """Outcome and remedies of the newest decision: what the customer is told."""
    decision = case.decisions.order_by("-pk").first()
    if decision is None:
        return ""
    texts = case.texts.filter(event_sequence=decision.event_sequence, kind__in=["outcome", "remedies"])
    return "\n".join(texts.order_by("pk").values_list("text", flat=True))


WORDS: dict[str, dict[str, Callable[[Case], Any]]] = {
    "notify": {"text": decided_words},
    "draft_decision": {"remedies": remedies_of},
}
