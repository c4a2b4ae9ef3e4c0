"""From the drafted decision to the customer having been told, and the short way for simple cases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import NotAllowed, SecondPerson
from complaints.fields import Classification, CodeField, Form, Moment, Reason, line, optional, prose
from complaints.models import Decision, Level, Nature, Notification, Satisfaction
from complaints.services.taxonomy import current_version
from complaints.services.telling import level_up
from complaints.verb import BUTTON, OURS, VERBS, Given, before, label_of, verb
from complaints.verbs.closing import record_feedback
from complaints.verbs.handling import REACHED, keep_contact
from feedback import services as feedback
from organization.models import Role, User
from organization.rights import rights_of
from sqm_site.errors import DomainError
from sqm_site.fields import StrictChoice

# 核查: within 30 days of receiving the decision (银行业保险业消费投诉处理管理办法, review by the superior institution).
REVIEW_DAYS = 30
# 即时办结 ends a matter in one form, so it never decides about more money than this. Unit: yuan.
SETTLE_LIMIT = 500
# Who checks what weighs more; in this order they are asked.
LEADS = (
    Role.TEAM_LEAD, Role.APPROVER, Role.SUPERVISOR, Role.UNIT_HEAD, Role.CONSUMER_PROTECTION, Role.DISCIPLINE,
)  # fmt: skip


class DraftDecision(Form):
    finding = CodeField("finding", label=gettext_lazy("Finding"))
    demand_met = CodeField("demand_met", label=gettext_lazy("Demand met"))
    findings = prose(gettext_lazy("What was found"))
    basis = prose(gettext_lazy("Basis"))
    outcome = prose(gettext_lazy("Outcome"))
    remedies = prose(gettext_lazy("Remedies open to the customer"))


def classified(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """R11: business channel, category and reason before a decision. Only complaints are classified by law."""
    case = dossier.case
    if case.nature == Nature.COMPLAINT and not (case.business_channel and case.category and case.reason):
        yield Missing(_("Classify the case first: business channel, category and reason."))


@verb(DraftDecision, pgettext("verb", "Draft decision"), gate=classified, works=True)
def draft_decision(act: Act, *, finding: str, demand_met: str, **words: str) -> None:
    """拟写处理意见: what was found, on what basis, what follows, and where else the customer can go (R18)."""
    for kind in ("findings", "basis", "outcome", "remedies"):
        act.says(kind, words[kind])
    act.notes(finding=finding, demand_met=demand_met)
    act.move(finding=finding, demand_met=demand_met)
    act.keeps(
        Decision(
            case=act.case,
            round=act.round,
            finding=finding,
            demand_met=demand_met,
            author=act.actor,
            drafted_at=act.at,
            event_sequence=act.sequence,
        )
    )
    worked_on_it = act.dossier.doers_of(worked()) | {act.actor.pk}
    act.tell(level_up(act.case, LEADS, at=act.at, verb="approve_decision", but_not=worked_on_it), "to_check")


def not_the_author(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    draft = dossier.draft
    return SecondPerson() if draft is not None and draft.author_id == actor.pk else None


def who_checks(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Not its author, nobody who ever worked on the case, and a lead where it weighs more."""
    if not_the_author(dossier, actor=actor, given=given) or actor.pk in dossier.doers_of(worked()):
        return SecondPerson()
    if dossier.case.level != Level.ORDINARY and not rights_of(actor).allows_as(LEADS, "approve_decision", dossier.case):
        return NotAllowed(verb=label_of("approve_decision"))
    return None


def worked() -> set[str]:
    return {name for name, one in VERBS.items() if one.works}


def drafted(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if dossier.draft is None:
        yield Missing(_("There is no drafted decision."))


class ApproveDecision(Form):
    remark = optional(prose, gettext_lazy("Remark"))


@verb(ApproveDecision, pgettext("verb", "Approve decision"), who=who_checks, gate=drafted)
def approve_decision(act: Act, *, remark: str = "") -> None:
    """审核通过: by somebody who did not work on the case; a lead from level important upward."""
    act.says("remark", remark)
    act.move()
    act.round.decided_at = act.at
    check(act, Decision.Status.APPROVED)
    act.tell(act.case.owner, "decided")


@verb(Reason, pgettext("verb", "Return decision"), who=not_the_author, gate=drafted, place=BUTTON)
def return_decision(act: Act, *, reason: str) -> None:
    """审核退回: the drafted decision goes back to its author with a reason."""
    act.says("reason", reason)
    act.move()
    check(act, Decision.Status.RETURNED)
    act.tell(act.case.owner, "returned")


def check(act: Act, status: str) -> None:
    decision = act.dossier.draft
    assert decision is not None
    decision.status, decision.checker, decision.checked_at = status, act.actor, act.at
    act.keeps(decision)


class Notify(Form):
    method = CodeField("notification_method", label=gettext_lazy("Told by"))
    evidence = line(gettext_lazy("Evidence: recording, message or tracking number"))
    text = prose(gettext_lazy("What was told"))
    told_at = Moment(gettext_lazy("Told at"))
    waived_reason = CodeField(
        "waive_reason",
        label=gettext_lazy("Why satisfaction is not asked"),
        required=False,
        default="",
        allow_blank=True,
    )


def decided_first(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Nobody is told what is not decided yet: the moment of telling makes the figure of the deadline."""
    decided_at = dossier.round.decided_at
    if given.get("told_at") and decided_at is not None and before(given["told_at"], decided_at):
        yield Missing(_("The decision was approved later than that: give the time at which it was told."), "told_at")


@verb(Notify, pgettext("verb", "Tell the customer"), shown_as=OURS, gate=decided_first)
def notify(
    act: Act, *, method: str, evidence: str, text: str, told_at: datetime | None = None, waived_reason: str = ""
) -> None:
    """答复投诉人: the customer is told the decision, with evidence; this is 办结 and stops the statutory clock.

    told_at        when the call was made or the message sent; on time is judged by it (R19). Default: now.
    waived_reason  why satisfaction is not asked; without one a survey goes out
    """
    act.says("reply", text)
    act.notes(method=method, told_at=act.happened_at, waived_reason=waived_reason)
    act.move()
    tell(act, method=method, evidence=evidence)
    if waived_reason:
        act.round.waived_reason = waived_reason
    else:
        ask_satisfaction(act, method)
    act.tell_customer("decision", method=method, text=text)
    act.tell_first_receiver()


class Settle(Classification):
    finding = CodeField("finding", label=gettext_lazy("Finding"))
    demand_met = CodeField("demand_met", label=gettext_lazy("Demand met"))
    method = CodeField("notification_method", label=gettext_lazy("Told by"))
    evidence = line(gettext_lazy("Evidence: recording, message or tracking number"))
    text = prose(gettext_lazy("What was told"))
    satisfaction = StrictChoice(
        [choice for choice in Satisfaction.choices if choice[0] != Satisfaction.DISSATISFIED],
        label=gettext_lazy("Customer's view"),
    )


def simple(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """What may be settled at once: ordinary, nobody named, no outside body, little money."""
    case = dossier.case
    if case.level != Level.ORDINARY:
        yield Missing(_("Only a case of ordinary level can be settled at once."))
    if case.named_staff:
        yield Missing(_("The complaint names staff: it needs a decision that a second person checks."))
    if dossier.references:
        yield Missing(_("A regulator or city hotline has transferred this case: it needs a checked decision."))
    if (case.amount or 0) > SETTLE_LIMIT:
        yield Missing(_("The amount is above %(limit)d yuan: it needs a checked decision.") % {"limit": SETTLE_LIMIT})


@verb(Settle, pgettext("verb", "Settle at once"), gate=simple, works=True, shown_as=OURS, place=BUTTON)
def settle(act: Act, *, method: str, evidence: str, text: str, satisfaction: str, **codes: str) -> None:
    """即时办结: classification, what was told, the contact and the customer's acceptance in one form."""
    act.says("reply", text)
    act.notes(method=method, satisfaction=satisfaction, **codes)
    act.move(**codes, code_version=current_version())
    act.round.decided_at, act.round.settled = act.happened_at, True
    keep_contact(act, method=method, result=REACHED, outbound=False, recording=evidence)
    tell(act, method=method, evidence=evidence)
    act.tell_first_receiver()
    act.then(record_feedback, satisfaction=satisfaction)


def tell(act: Act, *, method: str, evidence: str) -> None:
    """办结: the customer knows, and there is evidence of it."""
    act.says("evidence", evidence)
    told_at = act.round.notified_at = act.happened_at
    act.case.first_contact_at = act.case.first_contact_at or told_at
    act.clocks.end_by_telling(told_at, at=act.at)
    told = Notification(
        case=act.case,
        round=act.round,
        method=method,
        told_at=told_at,
        evidence=act.readable(evidence),
        by=act.actor,
    )
    told.review_until_on = timezone.localdate(told.received_at) + timedelta(days=REVIEW_DAYS)
    act.keeps(told)


def ask_satisfaction(act: Act, method: str) -> None:
    case = act.case
    act.round.survey = feedback.invite(
        case.reference, contact=act.contact, legal_entity=case.legal_entity, channel=method, at=act.at
    )
    act.round.satisfaction_asked_at = act.at
