"""Every verb a person or a program may use on a case, with the form it takes. Doors are loops over this list.

A form is a strict serializer; the pages make their dialogs from the same fields. Field labels are what people see.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed, has_transition_perm
from rest_framework import serializers

from complaints.models import Case, Level, Satisfaction, Touchpoint
from complaints.services import approving, closing, deciding, handling, ownership
from complaints.services.gates import missing_for, out_of_turn
from complaints.services.taxonomy import codes, is_leaf
from complaints.words import state_label, verb_label
from organization.models import User
from sqm_site.fields import AwareDateTime, Input, StrictBoolean, StrictChar, StrictChoice, StrictDecimal, StrictInteger


class CodeField(StrictChar):
    """A code of one dimension of the taxonomy. `leaf`: the finest level that is defined."""

    default_error_messages = {
        "unknown": _("There is no such code in {dimension}."),
        "coarse": _("Choose the finest level of {dimension}."),
    }

    def __init__(self, dimension: str, *, leaf: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.dimension, self.leaf = dimension, leaf

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code and code not in codes(self.dimension):
            self.fail("unknown", dimension=self.dimension)
        if code and self.leaf and not is_leaf(self.dimension, code):
            self.fail("coarse", dimension=self.dimension)
        return code

    def offered(self) -> list[tuple[str, str]]:
        """What a page offers: (code, label), in order; only the finest level where that is asked for."""
        return [
            (row.code, row.label)
            for row in codes(self.dimension).values()
            if not self.leaf or is_leaf(self.dimension, row.code)
        ]


def line(label: Any, **kwargs: Any) -> StrictChar:
    return StrictChar(label=label, max_length=kwargs.pop("max_length", 120), **kwargs)


def prose(label: Any, **kwargs: Any) -> StrictChar:
    return StrictChar(label=label, lines=True, max_length=kwargs.pop("max_length", 5000), **kwargs)


def optional(make: Callable[..., StrictChar], label: Any, **kwargs: Any) -> StrictChar:
    return make(label, required=False, allow_blank=True, default="", **kwargs)


class Nothing(Input):
    """A verb that needs no words."""


class Assign(Input):
    unit = optional(line, _("Unit code"))
    team = optional(line, _("Team"))
    to = optional(line, _("User name"))
    reason = optional(prose, _("Reason"))


class Transfer(Assign):
    reason = prose(_("Reason"))


class Reason(Input):
    reason = prose(_("Reason"))


class Resume(Input):
    reason = optional(prose, _("Reason"))


class Acknowledge(Input):
    method = CodeField("notification_method", label=_("Told by"))
    text = optional(prose, _("What was told"))


class LogContact(Input):
    method = CodeField("notification_method", label=_("Method"))
    result = CodeField("contact_result", label=_("Result"))
    gist = prose(_("Gist"))
    outbound = StrictBoolean(label=_("We called"), default=True)
    recording = optional(line, _("Recording number"))


class Reply(Input):
    method = CodeField("notification_method", label=_("Told by"))
    text = prose(_("Reply"))


class Note(Input):
    text = prose(_("Note"), max_length=20_000)


class Amend(Input):
    reason = prose(_("Reason"))
    touchpoint = StrictChoice(Touchpoint.choices, label=_("Touchpoint"), required=False)
    product = StrictChar(label=_("Product"), max_length=80, required=False)
    amount = StrictDecimal(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0, required=False)
    demand = CodeField("demand", label=_("Demand"), required=False)
    complainants = StrictInteger(label=_("Number of complainants"), min_value=1, max_value=100_000, required=False)
    named_staff = serializers.ListField(
        child=StrictChar(max_length=40), label=_("Staff named"), max_length=20, required=False
    )


class Classification(Input):
    business_channel = CodeField("business_channel_A", leaf=True, label=_("Business channel"))
    category = CodeField("business_category_B", leaf=True, label=_("Category"))
    reason = CodeField("reason_C", leaf=True, label=_("Reason"))


class Classify(Classification):
    demand = CodeField("demand", label=_("Demand"), required=False)


class SetLevel(Input):
    level = StrictChoice(Level.choices, label=_("Level"))
    urgent = StrictBoolean(label=_("Urgent"), default=False)
    reason = prose(_("Reason"))


class Suspend(Input):
    ground = CodeField("clock_exclusion", label=_("Ground"))
    evidence = line(_("Evidence number"))
    text = prose(_("What the customer was told"))


class DraftDecision(Input):
    finding = CodeField("finding", label=_("Finding"))
    demand_met = CodeField("demand_met", label=_("Demand met"))
    findings = prose(_("What was found"))
    basis = prose(_("Basis"))
    outcome = prose(_("Outcome"))
    remedies = prose(_("Remedies open to the customer"))


class ApproveDecision(Input):
    remark = optional(prose, _("Remark"))


class Notify(Input):
    method = CodeField("notification_method", label=_("Told by"))
    evidence = line(_("Evidence: recording, message or tracking number"))
    text = prose(_("What was told"))
    told_at = AwareDateTime(label=_("Told at"), required=False)
    waived_reason = CodeField(
        "waive_reason", label=_("Why satisfaction is not asked"), required=False, default="", allow_blank=True
    )


class Settle(Classification):
    finding = CodeField("finding", label=_("Finding"))
    demand_met = CodeField("demand_met", label=_("Demand met"))
    method = CodeField("notification_method", label=_("Told by"))
    evidence = line(_("Evidence: recording, message or tracking number"))
    text = prose(_("What was told"))
    satisfaction = StrictChoice(
        [choice for choice in Satisfaction.choices if choice[0] != Satisfaction.DISSATISFIED],
        label=_("Customer's view"),
    )


class RecordFeedback(Input):
    satisfaction = StrictChoice(Satisfaction.choices, label=_("Customer's view"))
    accepts = StrictBoolean(label=_("Accepts the result"), default=True)
    comment = optional(prose, _("Comment"))


class FollowUp(Input):
    method = CodeField("notification_method", label=_("Method"))
    result = CodeField("contact_result", label=_("Result"))
    gist = prose(_("Gist"))
    satisfaction = StrictChoice([("", "—"), *Satisfaction.choices], label=_("Customer's view"), default="")
    recording = optional(line, _("Recording number"))


class Close(Input):
    root_cause = CodeField("root_cause", label=_("Root cause"), required=False, default="", allow_blank=True)
    close_reason = CodeField("close_reason", label=_("Close reason"), default="DECIDED")


class Withdraw(Input):
    evidence = line(_("Evidence of the withdrawal"))
    reason = optional(prose, _("Reason"))


class Decline(Input):
    decline_reason = CodeField("decline_reason", label=_("Ground"))
    reason = prose(_("Explanation for the second person"))


class Chase(Input):
    text = optional(prose, _("What the customer said"))


class Plan(Input):
    plan = prose(_("What will be done, and by when"))


class DecideApproval(Input):
    grant = StrictBoolean(label=_("Grant"))
    remark = optional(prose, _("Remark"))
    approval = StrictInteger(label=_("Approval"), min_value=0, default=0)


@dataclass(frozen=True)
class Verb:
    """One entry of the list: its service function and its form."""

    name: str
    run: Callable[..., Case]
    form: type[Input]

    @property
    def label(self) -> Any:
        return verb_label(self.name)


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        # in the order of a case's life: pages show them so
        Verb("accept", ownership.accept, Nothing),
        Verb("refuse", ownership.refuse, Reason),
        Verb("start", ownership.start, Nothing),
        Verb("settle", deciding.settle, Settle),
        Verb("acknowledge", handling.acknowledge, Acknowledge),
        Verb("log_contact", handling.log_contact, LogContact),
        Verb("classify", handling.classify, Classify),
        Verb("draft_decision", deciding.draft_decision, DraftDecision),
        Verb("approve_decision", deciding.approve_decision, ApproveDecision),
        Verb("return_decision", deciding.return_decision, Reason),
        Verb("notify", deciding.notify, Notify),
        Verb("record_feedback", closing.record_feedback, RecordFeedback),
        Verb("follow_up", closing.follow_up, FollowUp),
        Verb("close", closing.close, Close),
        Verb("reply", handling.reply, Reply),
        Verb("note", handling.note, Note),
        Verb("ask_customer", handling.ask_customer, Reply),
        Verb("suspend", handling.suspend, Suspend),
        Verb("resume", handling.resume, Resume),
        Verb("assign", ownership.assign, Assign),
        Verb("transfer", ownership.transfer, Transfer),
        Verb("set_level", handling.set_level, SetLevel),
        Verb("amend", handling.amend, Amend),
        Verb("chase", handling.chase, Chase),
        Verb("escalate", handling.escalate, Reason),
        Verb("acknowledge_escalation", handling.acknowledge_escalation, Plan),
        Verb("decide_approval", approving.decide_approval, DecideApproval),
        Verb("dispute", closing.dispute, Reason),
        Verb("reopen", closing.reopen, Reason),
        Verb("withdraw", closing.withdraw, Withdraw),
        Verb("decline", closing.decline, Decline),
    )
}
# What a form will bring: the gate is asked as if it were filled in.
BROUGHT_BY_FORM = {"close": {"root_cause": True, "close_reason": "NO_REPLY_NEEDED"}}


def allowed_verbs(case: Case, user: User) -> tuple[list[str], dict[str, str]]:
    """The verbs this user may run now, in order, and for the rest one sentence why not."""
    allowed: list[str] = []
    why_not: dict[str, str] = {}
    for name in VERBS:
        reason = why_not_now(case, name, user)
        if reason:
            why_not[name] = reason
        else:
            allowed.append(name)
    return allowed, why_not


def why_not_now(case: Case, name: str, user: User) -> str:
    """Empty when the verb is possible; the checks stand in the order of the doors."""
    edge = getattr(case, name)
    if not can_proceed(edge) or out_of_turn(case, name):
        return str(_("Not while the case is “{state}”.")).format(state=state_label(case.state))
    if not has_transition_perm(edge, user):
        return str(_("Not with your role on this case."))
    return " ".join(missing_for(case, name, timezone.now(), BROUGHT_BY_FORM.get(name, {})))
