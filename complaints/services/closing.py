"""The customer's answer, filing, and the ways a case ends or comes back."""

from datetime import datetime

from complaints.models import FINAL, Case, Contact, Decision, Satisfaction
from complaints.services import clocks
from complaints.services.approving import GRANTED, ask_for
from complaints.services.handling import add_contact
from complaints.services.moving import Words, move, verb
from complaints.services.telling import tell, tell_first_receiver
from organization.models import User


@verb
def record_feedback(
    case: Case,
    *,
    actor: User,
    at: datetime,
    satisfaction: str,
    comment: str = "",
    accepts: bool = True,
) -> None:
    """登记客户意见. Dissatisfied and not accepting the result brings a filed case back."""
    move(
        case,
        "record_feedback",
        actor=actor,
        at=at,
        words=[Words("comment", comment)],
        details={"satisfaction": satisfaction, "accepts": accepts},
        satisfaction=satisfaction,
        accepts=accepts,
    )
    if satisfaction == Satisfaction.DISSATISFIED and not accepts and case.state in FINAL:
        again(case, "reopen", actor=User.system(), at=at, reason=comment)


@verb
def follow_up(
    case: Case,
    *,
    actor: User,
    at: datetime,
    method: str,
    result: str,
    gist: str,
    satisfaction: str = "",
    recording: str = "",
) -> None:
    """回访: a call after the decision; the customer not being reached does not block filing."""
    event = move(
        case,
        "follow_up",
        actor=actor,
        at=at,
        words=[Words("gist", gist)],
        details={"method": method, "result": result},
        clocks=clocks.stop_follow_up,
    )
    add_contact(
        case,
        event.sequence,
        actor=actor,
        at=at,
        method=method,
        result=result,
        outbound=True,
        recording=recording,
        purpose=Contact.Purpose.FOLLOW_UP,
    )
    if satisfaction:
        record_feedback.inside(case, actor=actor, at=at, satisfaction=satisfaction)


@verb
def dispute(case: Case, *, actor: User, at: datetime, reason: str) -> None:
    """客户不认可: the decision is not accepted; a new round with its own clocks begins."""
    again(case, "dispute", actor=actor, at=at, reason=reason)


@verb
def reopen(case: Case, *, actor: User, at: datetime, reason: str) -> None:
    """重新办理: an ended case comes back as a new round."""
    again(case, "reopen", actor=actor, at=at, reason=reason)


@verb
def close(case: Case, *, actor: User, at: datetime, root_cause: str = "", close_reason: str = "DECIDED") -> None:
    """结案: filing through the close gate (told, satisfaction asked or waived, cause chosen)."""
    move(
        case,
        "close",
        actor=actor,
        at=at,
        details={"root_cause": root_cause, "close_reason": close_reason},
        clocks=clocks.stop_at_filing,
        root_cause=root_cause,
        close_reason=close_reason,
    )
    tell_first_receiver(case, "close", actor=actor, at=at)


@verb
def withdraw(case: Case, *, actor: User, at: datetime, evidence: str, reason: str = "") -> None:
    """撤回: the customer takes it back; the evidence of it is kept."""
    move(
        case,
        "withdraw",
        actor=actor,
        at=at,
        words=[Words("reason", reason)],
        details={"evidence": evidence},
        clocks=clocks.stop_all,
        close_reason="WITHDRAWN",
    )
    case.decisions.filter(status=Decision.Status.DRAFTED).update(status=Decision.Status.RETURNED, checked_at=at)
    tell(case.owner, "withdrawn", case, at=at, key=f"withdrawn:{case.pk}:{case.event_count}")


@verb
def decline(case: Case, *, actor: User, at: datetime, decline_reason: str, reason: str) -> None:
    """不予办理: asked for here with a listed reason; a second person grants it, and only then the case is declined."""
    ask_for(case, "decline", actor=actor, at=at, reason=reason, arguments={"decline_reason": decline_reason})


def declined(case: Case, *, actor: User, at: datetime, decline_reason: str) -> None:
    """What the granted approval runs."""
    move(
        case,
        "decline",
        actor=actor,
        at=at,
        details={"close_reason": decline_reason},
        clocks=clocks.stop_all,
        close_reason=decline_reason,
    )


GRANTED["decline"] = declined


def again(case: Case, name: str, *, actor: User, at: datetime, reason: str) -> None:
    move(case, name, actor=actor, at=at, words=[Words("reason", reason)], clocks=clocks.restart)
    tell(case.owner, "reopened", case, at=at, key=f"{name}:{case.pk}:{case.event_count}")
    tell_first_receiver(case, name, actor=actor, at=at)
