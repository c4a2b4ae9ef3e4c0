"""The work on a case: telling, asking, writing down, classifying."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from complaints.models import Case, Contact
from complaints.services import clocks
from complaints.services.moving import Words, move, verb
from complaints.services.taxonomy import current_version
from complaints.services.telling import level_up, tell
from feedback import services as feedback
from organization.models import User

REACHED = "CONNECTED"


@verb
def acknowledge(case: Case, *, actor: User, at: datetime, method: str, text: str = "") -> None:
    """受理告知: the customer knows that we have it, and the first-contact clock stops."""
    move(
        case,
        "acknowledge",
        actor=actor,
        at=at,
        words=[Words("reply", text)],
        details={"method": method},
        clocks=clocks.stop_first_contact,
    )
    feedback.tell_customer("acknowledgement", case.customer, about=case.reference, method=method, at=at)


@verb
def log_contact(
    case: Case,
    *,
    actor: User,
    at: datetime,
    method: str,
    result: str,
    gist: str,
    outbound: bool = True,
    recording: str = "",
) -> None:
    """联系登记: one attempt to speak with the customer. Reaching them stops the first-contact clock."""
    reached = result == REACHED
    event = move(
        case,
        "log_contact",
        actor=actor,
        at=at,
        words=[Words("gist", gist)],
        details={"method": method, "result": result},
        clocks=clocks.stop_first_contact if reached else None,
        reached=reached,
    )
    add_contact(
        case, event.sequence, actor=actor, at=at, method=method, result=result, outbound=outbound, recording=recording
    )


@verb
def reply(case: Case, *, actor: User, at: datetime, method: str, text: str) -> None:
    """回复客户: an answer on the way; it is not the decision."""
    move(
        case,
        "reply",
        actor=actor,
        at=at,
        words=[Words("reply", text)],
        details={"method": method},
        clocks=clocks.stop_first_contact,
    )
    feedback.tell_customer("reply", case.customer, about=case.reference, method=method, at=at, text=text)


@verb
def note(case: Case, *, actor: User, at: datetime, text: str) -> None:
    """处理记录: for colleagues only."""
    move(case, "note", actor=actor, at=at, words=[Words("note", text)])


@verb
def amend(case: Case, *, actor: User, at: datetime, reason: str, **facts: Any) -> None:
    """更正: a fact is put right; the event keeps what it was."""
    changed = {name: value for name, value in facts.items() if getattr(case, name) != value}
    was = {name: plain(getattr(case, name)) for name in changed}
    now = {name: plain(value) for name, value in changed.items()}
    move(
        case,
        "amend",
        actor=actor,
        at=at,
        words=[Words("reason", reason)],
        details={"was": was, "now": now},
        facts=changed,
    )


@verb
def classify(
    case: Case, *, actor: User, at: datetime, business_channel: str, category: str, reason: str, **more: Any
) -> None:
    """分类: where (A), what (B) and why (C); each change stays in the log with its old value."""
    facts = {"business_channel": business_channel, "category": category, "reason": reason, **more}
    was = {name: plain(getattr(case, name)) for name in facts}
    now = {name: plain(value) for name, value in facts.items()}
    move(
        case,
        "classify",
        actor=actor,
        at=at,
        details={"was": was, "now": now},
        facts={**facts, "code_version": current_version()},
    )


@verb
def set_level(case: Case, *, actor: User, at: datetime, level: str, reason: str, urgent: bool = False) -> None:
    """定级: raise or lower the level, with a reason."""
    move(
        case,
        "set_level",
        actor=actor,
        at=at,
        words=[Words("reason", reason)],
        details={"was": case.level, "now": level, "urgent": urgent},
        level=level,
        urgent=urgent,
    )


@verb
def ask_customer(case: Case, *, actor: User, at: datetime, method: str, text: str) -> None:
    """请补材料: internal clocks wait for the customer, the statutory one does not."""
    move(
        case,
        "ask_customer",
        actor=actor,
        at=at,
        words=[Words("reply", text)],
        details={"method": method},
        clocks=clocks.contacted_and_waiting,
    )
    feedback.tell_customer("reply", case.customer, about=case.reference, method=method, at=at, text=text)


@verb
def suspend(case: Case, *, actor: User, at: datetime, ground: str, evidence: str, text: str) -> None:
    """期限扣除: an appraisal or mediation is under way; internal clocks wait."""
    move(
        case,
        "suspend",
        actor=actor,
        at=at,
        words=[Words("reason", text)],
        details={"ground": ground, "evidence": evidence},
        clocks=clocks.pause,
    )


@verb
def resume(case: Case, *, actor: User, at: datetime, reason: str = "") -> None:
    """恢复办理: the clocks go on from where they stopped."""
    move(case, "resume", actor=actor, at=at, words=[Words("reason", reason)], clocks=clocks.resume)


@verb
def chase(case: Case, *, actor: User, at: datetime, text: str = "") -> None:
    """催办: the customer asks how far it is; the owner hears of it."""
    move(case, "chase", actor=actor, at=at, words=[Words("note", text)])
    tell(case.offered_to or case.owner, "chase", case, at=at, key=f"chase:{case.pk}:{case.event_count}")


@verb
def escalate(case: Case, *, actor: User, at: datetime, reason: str) -> None:
    """上报: a person tells the next level up, and why."""
    above = level_up(case, ["team_lead", "supervisor", "line_manager"], at=at)
    move(case, "escalate", actor=actor, at=at, words=[Words("reason", reason)], details={"told": above.pk})
    tell(above, "escalation", case, at=at, key=f"escalate:{case.pk}:{case.event_count}")


@verb
def acknowledge_escalation(case: Case, *, actor: User, at: datetime, plan: str) -> None:
    """确认上报: whoever was told says what will be done. It never switches the later rungs off."""
    told = case.firings.filter(told=actor, acknowledged_at=None)
    count = told.update(acknowledged_at=at, acknowledged_by=actor)
    move(case, "acknowledge_escalation", actor=actor, at=at, words=[Words("plan", plan)], details={"rungs": count})


def add_contact(
    case: Case,
    sequence: int,
    *,
    actor: User,
    at: datetime,
    method: str,
    result: str,
    outbound: bool,
    recording: str,
    purpose: str = Contact.Purpose.HANDLING,
) -> None:
    case.contacts.create(
        purpose=purpose,
        outbound=outbound,
        method=method,
        number_masked=case.customer.phone.masked if case.customer else "",
        result=result,
        recording=recording,
        by=actor,
        at=at,
        event_sequence=sequence,
    )


def plain(value: Any) -> Any:
    """A fact as JSON can carry it: rows by their key, money as text."""
    if isinstance(value, Decimal):
        return str(value)
    return getattr(value, "pk", value)
