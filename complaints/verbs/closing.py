"""Filing, and the ways a case comes back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, Reason
from complaints.models import Case, Nature, Offer, State
from complaints.services import asking
from complaints.services.clocks import ENDED_BY_FILING
from complaints.services.recusal import post_of
from complaints.verb import BUTTON, Given, out_of_turn, verb
from feedback import services as feedback
from organization.models import User
from organization.services import is_at_work
from sqm_site.errors import DomainError

NO_REPLY_NEEDED = "NO_REPLY_NEEDED"
ENDED_BEFORE_TOLD = (State.DECLINED, State.WITHDRAWN)


def nobody_reviews(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """核查: what becomes of a decision is said once, by the superior institution that was asked."""
    if dossier.is_under_review:
        yield Missing(_("The superior institution reviews the decision: wait for what it decides."))
    if dossier.case.kind == Case.Kind.REVIEW and dossier.round.notified_at:
        yield Missing(_("A review is decided once: mediation, arbitration and court remain to the customer."))


@verb(Reason, pgettext("verb", "Customer disputes"), gate=nobody_reviews, place=BUTTON)
def dispute(act: Act, *, reason: str) -> None:
    """客户不认可: the decision is not accepted; a new round begins, with deadlines of our own.

    The law has no second time for the same matter: its way is the review by the superior institution (核查).
    """
    again(act, reason)
    act.clocks.begin_again(at=act.at)


@verb(Reason, pgettext("verb", "Reopen"), gate=nobody_reviews)
def reopen(act: Act, *, reason: str) -> None:
    """重新办理: an ended case comes back as a new round.

    One that was declined or withdrawn goes on under the deadlines it had; a filed one as after a dispute.
    """
    earlier, ended_as = act.round, act.before
    again(act, reason)
    if ended_as in ENDED_BEFORE_TOLD:
        act.clocks.go_on_as_before(earlier, at=act.at)
    else:
        act.clocks.begin_again(at=act.at)


def again(act: Act, reason: str) -> None:
    """A new round for a present owner: what was asked and offered in the round before ends with it."""
    act.says("reason", reason)
    act.move()
    act.end_offer(Offer.Outcome.ENDED)
    feedback.waive(act.case.reference, reason=act.name, actor=act.actor, at=act.at)
    act.begin_round()
    if not is_at_work(act.case.owner, act.at):
        act.case.owner = post_of(act.case, act.at)
    act.tell(act.case.owner, "reopened")
    act.tell_first_receiver()


class Close(Form):
    root_cause = CodeField("root_cause", label=gettext_lazy("Root cause"), required=False, default="", allow_blank=True)
    close_reason = CodeField(
        "close_reason",
        among=("DECIDED", "SETTLED", "MEDIATED", "UNREACHABLE", NO_REPLY_NEEDED),
        label=gettext_lazy("Close reason"),
        default="DECIDED",
    )

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
    if dossier.is_under_review:
        yield Missing(_("The superior institution reviews the decision: wait for what it decides."))
    for row in dossier.unanswered:
        said = _("The transfer {number} waits for its answer: give it first.")
        yield Missing(said.format(number=row.number))
    if any(row.is_owed for row in dossier.redress):
        yield Missing(_("What the customer was promised is not paid yet: record the payment first."))
    if any(row.lacks_outcome for row in dossier.promises):
        yield Missing(_("Nobody has said what became of a promise to the customer: record its outcome first."))
    yield from asking.orders_answered(dossier)
    fileable = complaint_over if dossier.case.nature == Nature.COMPLAINT else answered_once
    yield from fileable(dossier, at=at, given=given)


def answered_once(dossier: Dossier, *, at: datetime, given: Given) -> Iterator[Missing]:
    answered = dossier.case.replied_at or dossier.round.notified_at
    if not answered and given.get("close_reason") != NO_REPLY_NEEDED:
        wanted = _("Reply to the customer once, or choose the reason that no reply is needed.")
        yield Missing(wanted, "close_reason")


def complaint_over(dossier: Dossier, *, at: datetime, given: Given) -> Iterator[Missing]:
    """The loop is closed: told, asked how it was, the cause known, and no way open any more."""
    if dossier.round.notified_at is None:
        yield Missing(_("Tell the customer the decision first."))
    if not dossier.round.satisfaction_asked:
        yield Missing(
            _("Nobody has asked for the customer's satisfaction: have a colleague call, or ask for a waiver.")
        )
    if not (given.get("root_cause") or dossier.case.root_cause):
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


def end(act: Act, close_reason: str, **columns: str) -> None:
    """The case ends, and an open offer with it."""
    act.move(close_reason=close_reason, **columns)
    act.round.end(act.case.state, act.at)
    act.end_offer(Offer.Outcome.ENDED)
