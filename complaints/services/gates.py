"""Gates: pure functions that name what is still missing before a verb may run. An empty list opens the gate.

A gate reads the case, the rows it was given and the arguments of the verb; it writes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.models import Case, Level, Nature, State
from sla import services as sla

# 即时办结 ends a matter in one form, so it never decides about more money than this. Unit: yuan.
SETTLE_LIMIT = 500
REFUSE_WITHIN = 240  # working minutes
MOST_REFUSALS = 2


def missing_for(case: Case, name: str, at: datetime, arguments: Mapping[str, Any]) -> list[str]:
    gate = GATES.get(name)
    return gate(case, {**arguments, "at": at}) if gate else []


def out_of_turn(case: Case, name: str) -> bool:
    """Edges that the nature of the case closes although the state would allow them."""
    if name == "close" and case.nature == Nature.COMPLAINT:
        return case.state != State.NOTIFIED
    if name in {"accept", "refuse"}:
        return case.offered_at is None
    return False


def classified(case: Case, arguments: Mapping[str, Any]) -> list[str]:
    """R11: business channel, category and reason before a decision. Only complaints are classified by law."""
    if case.nature != Nature.COMPLAINT or (case.business_channel and case.category and case.reason):
        return []
    return [_("Classify the case first: business channel, category and reason.")]


def refusable(case: Case, arguments: Mapping[str, Any]) -> list[str]:
    """An offer is refused within four working hours, and at most twice: then the dispatcher has the last word."""
    missing = []
    if case.refusals >= MOST_REFUSALS:
        missing.append(_("It was refused twice and the dispatcher has decided: sign for it, or speak with them."))
    if case.offered_at and arguments["at"] > sla.working_deadline(case.offered_at, REFUSE_WITHIN):
        missing.append(_("It was offered more than four working hours ago: sign for it, then transfer it."))
    return missing


def simple(case: Case, arguments: Mapping[str, Any]) -> list[str]:
    """What may be settled at once: ordinary, nobody named, no outside body, little money."""
    missing = []
    if case.level != Level.ORDINARY:
        missing.append(_("Only a case of ordinary level can be settled at once."))
    if case.named_staff:
        missing.append(_("The complaint names staff: it needs a decision that a second person checks."))
    if case.pk and case.external_references.exists():
        missing.append(_("A regulator or city hotline has transferred this case: it needs a checked decision."))
    if (case.amount or 0) > SETTLE_LIMIT:
        missing.append(_("The amount is above %(limit)d yuan: it needs a checked decision.") % {"limit": SETTLE_LIMIT})
    return missing


def closable(case: Case, arguments: Mapping[str, Any]) -> list[str]:
    """R21 for complaints; one reply, or a reason that none is needed, for the rest."""
    if case.nature != Nature.COMPLAINT:
        if case.replied_at or case.notified_at or arguments.get("close_reason") == "NO_REPLY_NEEDED":
            return []
        return [_("Reply to the customer once, or choose the reason that no reply is needed.")]
    missing = []
    if case.notified_at is None:
        missing.append(_("Tell the customer the decision first."))
    if not satisfaction_asked(case):
        missing.append(_("Ask for the customer's satisfaction, or record why it was not asked."))
    if not arguments.get("root_cause"):
        missing.append(_("Choose the root cause."))
    return missing


def satisfaction_asked(case: Case) -> bool:
    """Asked counts, answered or not; so does a waiver with its reason."""
    return bool(case.satisfaction or case.satisfaction_asked_at or case.waived_reason)


GATES: dict[str, Callable[[Case, Mapping[str, Any]], list[str]]] = {
    "refuse": refusable,
    "draft_decision": classified,
    "settle": simple,
    "close": closable,
}
