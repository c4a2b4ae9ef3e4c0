"""The customer's answer, filing, and the ways a case ends or comes back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, Moment, Reason, line, optional, prose
from complaints.models import FINAL, Contact, Decision, Nature, Offer, Satisfaction, State
from complaints.services.clocks import ENDED_BY_FILING
from complaints.services.recusal import post_of
from complaints.verb import BUTTON, NOTE, Given, out_of_turn, verb
from complaints.verbs.approving import ask_approval
from complaints.verbs.handling import keep_contact
from complaints.verbs.recusal import named_settled, not_its_owner
from feedback import services as feedback
from organization.models import User
from organization.services import is_at_work
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean, StrictChoice

NO_REPLY_NEEDED = "NO_REPLY_NEEDED"


class RecordFeedback(Form):
    satisfaction = StrictChoice(Satisfaction.choices, label=gettext_lazy("Customer's view"))
    accepts = StrictBoolean(label=gettext_lazy("Accepts the result"), default=True)
    comment = optional(prose, gettext_lazy("Comment"))


@verb(RecordFeedback, pgettext("verb", "Record the customer's view"))
def record_feedback(act: Act, *, satisfaction: str, accepts: bool = True, comment: str = "") -> None:
    """登记客户意见. Dissatisfied and not accepting the result brings a filed case back."""
    act.says("comment", comment)
    act.notes(satisfaction=satisfaction, accepts=accepts)
    act.move()
    act.round.satisfaction, act.round.satisfaction_by = satisfaction, act.actor
    if satisfaction != Satisfaction.NOT_OBTAINED:
        act.round.accepted = accepts and satisfaction != Satisfaction.DISSATISFIED
        ways_after(act, accepts=accepts)
    if satisfaction == Satisfaction.DISSATISFIED and not accepts and act.case.state in FINAL:
        act.then(reopen, actor=User.system(), reason=comment)


def ways_after(act: Act, *, accepts: bool) -> None:
    """A decision that the customer rejects leaves ways open for a while; one that is accepted after all does not.

    To be dissatisfied is not to reject.
    """
    if act.round.accepted:
        act.clocks.stop("ways", at=act.at)
    elif not accepts and act.case.state == State.NOTIFIED and act.dossier.told:
        act.clocks.keep_ways_open(since=act.dossier.told.received_at, at=act.at, sequence=act.sequence)


class FollowUp(Form):
    method = CodeField("notification_method", label=gettext_lazy("Method"))
    result = CodeField("contact_result", label=gettext_lazy("Result"))
    gist = prose(gettext_lazy("Gist"))
    satisfaction = StrictChoice([("", "—"), *Satisfaction.choices], label=gettext_lazy("Customer's view"), default="")
    recording = optional(line, gettext_lazy("Recording number"))
    happened_at = Moment()


@verb(FollowUp, pgettext("verb", "Follow-up call"), shown_as=NOTE, who=not_its_owner)
def follow_up(
    act: Act,
    *,
    method: str,
    result: str,
    gist: str,
    satisfaction: str = "",
    recording: str = "",
    happened_at: datetime | None = None,
) -> None:
    """回访: a call after the decision; the customer not being reached does not block filing."""
    act.says("gist", gist)
    act.says("evidence", recording)
    act.notes(method=method, result=result)
    act.move(followed_up_at=act.happened_at)
    act.clocks.stop("follow_up", at=act.happened_at)
    keep_contact(
        act,
        method=method,
        result=result,
        outbound=True,
        recording=recording,
        purpose=Contact.Purpose.FOLLOW_UP,
    )
    if satisfaction:
        act.then(record_feedback, satisfaction=satisfaction)


@verb(Reason, pgettext("verb", "Customer disputes"), place=BUTTON)
def dispute(act: Act, *, reason: str) -> None:
    """客户不认可: the decision is not accepted; a new round with its own clocks begins."""
    again(act, reason)


@verb(Reason, pgettext("verb", "Reopen"))
def reopen(act: Act, *, reason: str) -> None:
    """重新办理: an ended case comes back as a new round."""
    again(act, reason)


def again(act: Act, reason: str) -> None:
    """A new round for a present owner: what was asked and offered in the round before ends with it."""
    act.says("reason", reason)
    act.move()
    act.end_offer(Offer.Outcome.ENDED)
    feedback.waive(act.case.reference, reason=act.name, actor=act.actor, at=act.at)
    act.begin_round()
    act.clocks.restart(at=act.at)
    if not is_at_work(act.case.owner, act.at):
        act.case.owner = post_of(act.case, act.at)
    act.tell(act.case.owner, "reopened")
    act.tell_first_receiver()


class Close(Form):
    root_cause = CodeField("root_cause", label=gettext_lazy("Root cause"), required=False, default="", allow_blank=True)
    close_reason = CodeField("close_reason", label=gettext_lazy("Close reason"), default="DECIDED")

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        complaint = dossier.case.nature == Nature.COMPLAINT
        return {"root_cause": "R07", "close_reason": "DECIDED" if complaint else NO_REPLY_NEEDED}


def told_first(dossier: Dossier, *, at: datetime) -> DomainError | None:
    """A complaint is filed after the customer was told; anything else also straight from the work on it."""
    early = dossier.case.nature == Nature.COMPLAINT and dossier.case.state != State.NOTIFIED
    return out_of_turn(dossier, "close") if early else None


def closable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """R21 for complaints; one reply, or a reason that none is needed, for the rest."""
    case = dossier.case
    if case.nature != Nature.COMPLAINT:
        answered = case.replied_at or dossier.round.notified_at
        if not answered and given.get("close_reason") != NO_REPLY_NEEDED:
            wanted = _("Reply to the customer once, or choose the reason that no reply is needed.")
            yield Missing(wanted, "close_reason")
        return
    if dossier.round.notified_at is None:
        yield Missing(_("Tell the customer the decision first."))
    if not dossier.round.satisfaction_asked:
        yield Missing(_("Ask for the customer's satisfaction, or record why it was not asked."))
    if not (given.get("root_cause") or case.root_cause):
        yield Missing(_("Choose the root cause."), "root_cause")
    if dossier.round.accepted is False and dossier.ways_end and at <= dossier.ways_end:
        said = _("The customer rejected the decision, and until {day} ways are open to them: file it after that day.")
        yield Missing(said.format(day=timezone.localdate(dossier.ways_end)))


@verb(Close, pgettext("verb", "Close case"), when=told_first, gate=closable)
def close(act: Act, *, root_cause: str = "", close_reason: str = "DECIDED") -> None:
    """结案: filing through the close gate (told, satisfaction asked or waived, cause chosen)."""
    root_cause = root_cause or act.case.root_cause
    act.notes(root_cause=root_cause, close_reason=close_reason)
    end(act, close_reason, root_cause=root_cause)
    act.clocks.stop(*ENDED_BY_FILING, at=act.at)
    act.tell_first_receiver()


class Withdraw(Form):
    evidence = line(gettext_lazy("Evidence of the withdrawal"))
    reason = optional(prose, gettext_lazy("Reason"))
    happened_at = Moment(gettext_lazy("Received at"))


@verb(Withdraw, pgettext("verb", "Withdraw"))
def withdraw(act: Act, *, evidence: str, reason: str = "", happened_at: datetime | None = None) -> None:
    """撤回: the customer takes it back; the evidence of it is kept."""
    act.says("reason", reason)
    act.says("evidence", evidence)
    end(act, "WITHDRAWN")
    act.clocks.stop(at=act.happened_at)
    draft = act.dossier.draft
    if draft is not None:
        draft.status, draft.checked_at = Decision.Status.RETURNED, act.at
        act.keeps(draft)
    act.tell(act.case.owner, "withdrawn")


class Decline(Form):
    decline_reason = CodeField("decline_reason", label=gettext_lazy("Ground"))
    reason = prose(gettext_lazy("Explanation for the second person"))


@verb(Decline, pgettext("verb", "Decline case"), on_approval=ask_approval, gate=named_settled)
def decline(act: Act, *, decline_reason: str) -> None:
    """不予办理: asked for with a listed reason; a second person grants it, and only then the case is declined."""
    act.notes(close_reason=decline_reason)
    end(act, decline_reason)
    act.clocks.stop(at=act.at)


def end(act: Act, close_reason: str, **columns: str) -> None:
    """The case ends, and an open offer with it."""
    act.move(close_reason=close_reason, **columns)
    act.round.end(act.case.state, act.at)
    act.end_offer(Offer.Outcome.ENDED)
