"""Second persons: a verb asked for by one, granted by another, and run in the same transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from complaints.errors import ApprovalExpired, ApprovalMissing, SecondPerson
from complaints.models import Approval, Case
from complaints.services.moving import Words, move, verb
from complaints.services.telling import level_up, tell
from organization.models import User
from organization.rights import Role

VALID_FOR = timedelta(days=14)
# What a granted approval runs; the room's verbs register here, so that nothing leads back to them.
GRANTED: dict[str, Callable[..., None]] = {}


def ask_for(case: Case, name: str, *, actor: User, at: datetime, reason: str, arguments: dict[str, Any]) -> Approval:
    """Ask a second person to grant `name`. The case stays as it is until then."""
    event = move(
        case, "ask_approval", actor=actor, at=at, words=[Words("reason", reason)], details={"verb": name, **arguments}
    )
    case.approvals.filter(verb=name, status=Approval.Status.ASKED, expires_at__lt=at).update(
        status=Approval.Status.REFUSED, decided_at=at
    )
    approval = case.approvals.create(
        verb=name,
        arguments=arguments,
        asked_by=actor,
        asked_at=at,
        expires_at=at + VALID_FOR,
        event_sequence=event.sequence,
    )
    lead = level_up(case, [Role.TEAM_LEAD, Role.SUPERVISOR], at=at)
    tell(lead, "approval_asked", case, at=at, key=f"approval_asked:{approval.pk}", verb=name)
    return approval


@verb
def decide_approval(case: Case, *, actor: User, at: datetime, grant: bool, remark: str = "", approval: int = 0) -> None:
    """Grant or refuse what was asked; a grant runs the verb at once, in this transaction.

    approval  its id; 0 is the only open one
    """
    asked = case.approvals.filter(status=Approval.Status.ASKED).order_by("pk")
    row = (asked.filter(pk=approval) if approval else asked).first()
    if row is None:
        raise ApprovalMissing
    if row.asked_by_id == actor.pk:
        raise SecondPerson
    if row.expires_at < at:
        raise ApprovalExpired
    row.status = Approval.Status.GRANTED if grant else Approval.Status.REFUSED
    row.decided_by, row.decided_at = actor, at
    row.save()
    move(
        case,
        "decide_approval",
        actor=actor,
        at=at,
        words=[Words("remark", remark)],
        details={"verb": row.verb, "granted": grant, "asked_by": row.asked_by_id},
    )
    if grant:
        GRANTED[row.verb](case, actor=actor, at=at, **row.arguments)
    tell(row.asked_by, "approval_decided", case, at=at, key=f"approval_decided:{row.pk}", granted=grant)
