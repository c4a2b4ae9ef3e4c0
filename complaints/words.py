"""The words people see for verbs and states: one list, used by pages, errors and the timeline."""

from typing import Any

from django.utils.translation import pgettext_lazy as pgettext

from complaints.models.states import State

VERBS: dict[str, Any] = {
    "take_in": pgettext("verb", "Register"),
    "settle": pgettext("verb", "Settle at once"),
    "assign": pgettext("verb", "Assign"),
    "transfer": pgettext("verb", "Transfer"),
    "accept": pgettext("verb", "Sign for"),
    "refuse": pgettext("verb", "Refuse"),
    "take_next": pgettext("verb", "Take"),
    "start": pgettext("verb", "Start"),
    "acknowledge": pgettext("verb", "Acknowledge"),
    "log_contact": pgettext("verb", "Log contact"),
    "reply": pgettext("verb", "Reply to customer"),
    "note": pgettext("verb", "Note"),
    "amend": pgettext("verb", "Correct"),
    "classify": pgettext("verb", "Classify"),
    "set_level": pgettext("verb", "Set level"),
    "ask_customer": pgettext("verb", "Ask for material"),
    "suspend": pgettext("verb", "Deduct from the deadline"),
    "resume": pgettext("verb", "Resume"),
    "draft_decision": pgettext("verb", "Draft decision"),
    "approve_decision": pgettext("verb", "Approve decision"),
    "return_decision": pgettext("verb", "Return decision"),
    "notify": pgettext("verb", "Tell the customer"),
    "record_feedback": pgettext("verb", "Record the customer's view"),
    "follow_up": pgettext("verb", "Follow-up call"),
    "dispute": pgettext("verb", "Customer disputes"),
    "close": pgettext("verb", "Close case"),
    "reopen": pgettext("verb", "Reopen"),
    "chase": pgettext("verb", "Chase"),
    "withdraw": pgettext("verb", "Withdraw"),
    "decline": pgettext("verb", "Decline case"),
    "escalate": pgettext("verb", "Escalate"),
    "acknowledge_escalation": pgettext("verb", "Confirm escalation"),
    "ask_approval": pgettext("verb", "Ask for approval"),
    "decide_approval": pgettext("verb", "Decide approval"),
    # written by the system
    "fire": pgettext("verb", "Deadline rung"),
    "join": pgettext("verb", "Further message"),
    "imported": pgettext("verb", "Imported"),
    "reveal": pgettext("verb", "Reveal"),
}


def verb_label(name: str) -> Any:
    return VERBS.get(name, name)


def state_label(state: str) -> Any:
    return State(state).label
