"""From the drafted decision to the customer having been told, and the short way for simple cases."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import GateNotMet, NotAllowed, SecondPerson
from complaints.models import Case, Decision, Level, Notification
from complaints.services import clocks
from complaints.services.handling import REACHED, add_contact
from complaints.services.moving import Words, move, verb
from complaints.services.taxonomy import current_version
from complaints.services.telling import level_up, tell, tell_first_receiver
from complaints.words import verb_label
from feedback import services as feedback
from organization.models import User
from organization.rights import Role, rights_of
from sqm_site.errors import Invalid

# 核查: within 30 days of receiving the decision (银行业保险业消费投诉处理管理办法, review by the superior institution).
REVIEW_DAYS = 30
# Whoever did one of these in the round has worked on the case and does not check its decision.
WORKED = ("acknowledge", "log_contact", "reply", "classify", "draft_decision", "settle", "ask_customer")
LEADS = (Role.TEAM_LEAD, Role.SUPERVISOR, Role.APPROVER)


@verb
def draft_decision(
    case: Case,
    *,
    actor: User,
    at: datetime,
    finding: str,
    demand_met: str,
    findings: str,
    basis: str,
    outcome: str,
    remedies: str,
) -> None:
    """拟写处理意见: what was found, on what basis, what follows, and where else the customer can go (R18)."""
    words = [Words("findings", findings), Words("basis", basis), Words("outcome", outcome), Words("remedies", remedies)]
    event = move(
        case,
        "draft_decision",
        actor=actor,
        at=at,
        words=words,
        details={"finding": finding, "demand_met": demand_met},
        finding=finding,
        demand_met=demand_met,
    )
    case.decisions.create(
        round=case.round,
        finding=finding,
        demand_met=demand_met,
        author=actor,
        drafted_at=at,
        event_sequence=event.sequence,
    )
    checker = level_up(case, [Role.TEAM_LEAD, Role.APPROVER, Role.SUPERVISOR], at=at)
    tell(checker, "to_check", case, at=at, key=f"to_check:{case.pk}:{case.event_count}")


@verb
def approve_decision(case: Case, *, actor: User, at: datetime, remark: str = "") -> None:
    """审核通过: by somebody who did not work on the case; a lead from level important upward."""
    move(case, "approve_decision", actor=actor, at=at, words=[Words("remark", remark)])
    decision = _checked(case, Decision.Status.APPROVED, actor=actor, at=at)
    refuse_own_work(case, decision, actor)
    tell(case.owner, "decided", case, at=at, key=f"decided:{case.pk}:{case.event_count}")


@verb
def return_decision(case: Case, *, actor: User, at: datetime, reason: str) -> None:
    """审核退回: the drafted decision goes back to its author with a reason."""
    move(case, "return_decision", actor=actor, at=at, words=[Words("reason", reason)])
    decision = _checked(case, Decision.Status.RETURNED, actor=actor, at=at)
    if decision.author_id == actor.pk:
        raise SecondPerson
    tell(case.owner, "returned", case, at=at, key=f"returned:{case.pk}:{case.event_count}")


@verb
def notify(
    case: Case,
    *,
    actor: User,
    at: datetime,
    method: str,
    evidence: str,
    text: str,
    told_at: datetime | None = None,
    waived_reason: str = "",
) -> None:
    """答复投诉人: the customer is told the decision, with evidence; this is 办结 and stops the statutory clock.

    told_at        when the call was made or the message sent; on time is judged by it (R19). Default: now.
    waived_reason  why satisfaction is not asked; without one a survey goes out
    """
    told_at = check_told(case, told_at or at, at=at)
    move(
        case,
        "notify",
        actor=actor,
        at=at,
        words=[Words("reply", text)],
        details={
            "method": method,
            "evidence": evidence,
            "told_at": told_at.isoformat(),
            "waived_reason": waived_reason,
        },
        clocks=clocks.told(told_at),
        told_at=told_at,
    )
    _told(case, actor=actor, at=at, method=method, evidence=evidence, told_at=told_at)
    ask_satisfaction(case, method=method, at=at, waived_reason=waived_reason)
    feedback.tell_customer("decision", case.customer, about=case.reference, method=method, at=at, text=text)
    tell_first_receiver(case, "notify", actor=actor, at=at)


@verb
def settle(
    case: Case,
    *,
    actor: User,
    at: datetime,
    method: str,
    evidence: str,
    text: str,
    satisfaction: str,
    finding: str,
    demand_met: str,
    **classification: str,
) -> None:
    """即时办结: classification, what was told, the contact and the customer's acceptance in one form."""
    result = {"finding": finding, "demand_met": demand_met, **classification}
    event = move(
        case,
        "settle",
        actor=actor,
        at=at,
        words=[Words("reply", text)],
        details={"method": method, "evidence": evidence, "satisfaction": satisfaction, **result},
        clocks=clocks.told(at),
        facts={**result, "code_version": current_version()},
    )
    add_contact(
        case, event.sequence, actor=actor, at=at, method=method, result=REACHED, outbound=False, recording=evidence
    )
    _told(case, actor=actor, at=at, method=method, evidence=evidence, told_at=at)
    move(case, "record_feedback", actor=actor, at=at, details={"satisfaction": satisfaction}, satisfaction=satisfaction)
    tell_first_receiver(case, "settle", actor=actor, at=at)


def refuse_own_work(case: Case, decision: Decision, actor: User) -> None:
    """The second person of a decision: not its author, nobody who worked on this round, a lead where it weighs more."""
    if decision.author_id == actor.pk or _worked_on(case, actor):
        raise SecondPerson
    if case.level != Level.ORDINARY and not rights_of(actor).roles.intersection(LEADS):
        raise NotAllowed(verb=verb_label("approve_decision"))


def check_told(case: Case, told_at: datetime, *, at: datetime) -> datetime:
    """The telling happened after the case came in and not in the future. Raises Invalid."""
    if told_at > at or told_at < case.received_at:
        raise Invalid(
            {"told_at": [_("The customer was told after the case came in and before now: correct the time.")]}
        )
    return told_at


def ask_satisfaction(case: Case, *, method: str, at: datetime, waived_reason: str) -> None:
    if waived_reason:
        case.waived_reason = waived_reason
    else:
        feedback.invite(case.reference, customer=case.customer, legal_entity=case.legal_entity, channel=method, at=at)
        case.satisfaction_asked_at = at
    case.save(update_fields=["waived_reason", "satisfaction_asked_at"])


def _worked_on(case: Case, actor: User) -> bool:
    return case.events.filter(actor=actor, verb__in=WORKED, round=case.round).exists()


def _checked(case: Case, status: str, *, actor: User, at: datetime) -> Decision:
    decision = case.decisions.filter(status=Decision.Status.DRAFTED).first()
    if decision is None:
        raise GateNotMet(verb=verb_label("approve_decision"), missing=[_("There is no drafted decision.")])
    if decision.author_id == actor.pk:
        raise SecondPerson
    decision.status, decision.checker, decision.checked_at = status, actor, at
    decision.save()
    return decision


def _told(case: Case, *, actor: User, at: datetime, method: str, evidence: str, told_at: datetime) -> None:
    Notification.objects.create(
        case=case,
        round=case.round,
        method=method,
        told_at=told_at,
        evidence=evidence,
        by=actor,
        review_until_on=timezone.localdate(told_at) + timedelta(days=REVIEW_DAYS),
    )
