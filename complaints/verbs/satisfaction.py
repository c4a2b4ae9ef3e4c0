"""What the customer says of the result: asked, written down, or not asked for a reason.

Whoever is measured by an answer does not make it: the customer's own stands, that of a colleague who asked comes next,
and what the owner writes down is kept and counts apart.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import SecondPerson
from complaints.fields import CodeField, Form, Moment, line, optional, prose
from complaints.models import FINAL, AnswerSource, Case, Contact, Nature, Round, Satisfaction, State
from complaints.verb import NOTE, Given, took_part, verb
from complaints.verbs.closing import reopen
from complaints.verbs.contacting import REACHED, keep_contact
from complaints.verbs.lateness import credited
from feedback import services as feedback
from organization.models import User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean, StrictChoice

# So many calls that reached nobody are a reason not to ask again.
ATTEMPTS = 3
# Whose answer stands against whose: an entry replaces one of its own rank or below.
RANK = {
    "": 0,
    AnswerSource.OWNER: 0,
    AnswerSource.SETTLING: 0,
    AnswerSource.COLLEAGUE: 1,
    AnswerSource.CUSTOMER: 2,
}
# Who brings these has asked the customer.
ASKED = (AnswerSource.CUSTOMER, AnswerSource.COLLEAGUE)


class RecordFeedback(Form):
    satisfaction = StrictChoice(Satisfaction.choices, label=gettext_lazy("Customer's view"))
    accepts = StrictBoolean(label=gettext_lazy("Accepts the result"), default=True)
    comment = optional(prose, gettext_lazy("Comment"))
    recording = optional(line, gettext_lazy("Recording number"))


def source_of_answer(dossier: Dossier, actor: User) -> str:
    """Who brings the answer: the customer by a channel of theirs, a colleague who asked, or who did the work."""
    if actor.is_service:
        return AnswerSource.CUSTOMER
    return AnswerSource.OWNER if took_part(dossier, actor) else AnswerSource.COLLEAGUE


def not_over_a_better_one(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    stands = dossier.round.satisfaction_from if is_answered(dossier.round) else ""
    if RANK[source_of_answer(dossier, actor)] >= RANK[stands]:
        return
    if stands == AnswerSource.CUSTOMER:
        yield Missing(_("The customer has answered: that answer stands. A call of theirs is a contact, or a dispute."))
    else:
        yield Missing(_("A colleague has asked the customer: that answer stands."))


@verb(RecordFeedback, pgettext("verb", "Record the customer's view"), gate=not_over_a_better_one)
def record_feedback(
    act: Act, *, satisfaction: str, accepts: bool = True, comment: str = "", recording: str = ""
) -> None:
    """登记客户意见. To be dissatisfied and not to accept the result brings a filed case back, unless it is reviewed.

    An answer of the customer stands; what a colleague was told counts; what the owner writes down counts apart.
    """
    act.says("comment", comment)
    act.says("evidence", recording)
    act.move()
    hear(act, satisfaction=satisfaction, accepts=accepts, source=source_of_answer(act.dossier, act.actor))
    if satisfaction != Satisfaction.NOT_OBTAINED:
        ways_after(act, accepts=accepts)
    rejected = satisfaction == Satisfaction.DISSATISFIED and not accepts
    decided_elsewhere = act.dossier.is_under_review or act.case.kind == Case.Kind.REVIEW
    if rejected and act.case.state in FINAL and not decided_elsewhere:
        act.then(reopen, actor=User.system(), reason=comment)


def hear(act: Act, *, satisfaction: str, source: str, accepts: bool = True, turn: Round | None = None) -> None:
    """Write down what the customer says of the result of a round; an answer outlasts that none was obtained.

    turn  the round it is about; default: the current one
    """
    act.notes(satisfaction=satisfaction, accepts=accepts, source=source)
    if turn is not None:
        act.notes(turn=turn.number)
    turn = turn or act.round
    obtained = satisfaction != Satisfaction.NOT_OBTAINED
    if is_answered(turn) and not obtained:
        return
    turn.satisfaction, turn.satisfaction_by, turn.satisfaction_from = satisfaction, act.actor, source
    if obtained and source in ASKED:
        turn.satisfaction_asked_at = turn.satisfaction_asked_at or act.at
    if obtained:
        turn.accepted = accepts and satisfaction != Satisfaction.DISSATISFIED


def is_answered(turn: Round) -> bool:
    return turn.satisfaction not in {"", Satisfaction.NOT_OBTAINED}


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


def not_the_owner(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Whoever answered for the case does not ask how it was answered."""
    return SecondPerson() if took_part(dossier, actor) else None


def heard_from_them(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Only whom the call has reached has said anything."""
    said = given.get("satisfaction") not in {None, "", Satisfaction.NOT_OBTAINED}
    if said and given.get("result") != REACHED:
        yield Missing(_("The call reached nobody: leave the customer's view empty."), "satisfaction")


@verb(FollowUp, pgettext("verb", "Follow-up call"), who=not_the_owner, gate=heard_from_them, shown_as=NOTE)
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
    """回访: a colleague asks after the decision. The customer not being reached does not block filing."""
    act.says("gist", gist)
    act.says("evidence", recording)
    act.notes(method=method, result=result)
    act.move(followed_up_at=act.happened_at)
    act.clocks.stop("follow_up", at=act.happened_at if credited(act, "follow_up") else act.at)
    keep_contact(
        act,
        method=method,
        result=result,
        outbound=True,
        recording=recording,
        purpose=Contact.Purpose.FOLLOW_UP,
    )
    if result == REACHED:
        act.round.satisfaction_asked_at = act.round.satisfaction_asked_at or act.at
    stands = act.round.satisfaction_from if is_answered(act.round) else ""
    if satisfaction and RANK[stands] <= RANK[AnswerSource.COLLEAGUE]:
        act.then(record_feedback, satisfaction=satisfaction)


class WaiveSurvey(Form):
    waived_reason = CodeField("waive_reason", label=gettext_lazy("Why satisfaction is not asked"))
    reason = optional(prose, gettext_lazy("Explanation for the second person"))


def shown_by_facts(dossier: Dossier, reason: str) -> bool:
    """Whether the case itself shows the reason, so that nobody need be believed."""
    case = dossier.case
    calls = [row for row in dossier.contacts if row.outbound and row.purpose == Contact.Purpose.FOLLOW_UP]
    return {
        "NOT_A_COMPLAINT": case.nature != Nature.COMPLAINT,
        "ANONYMOUS": case.customer is None,
        feedback.OPTED_OUT: case.customer is not None and case.customer.no_surveys_since is not None,
        "UNREACHABLE": sum(row.result != REACHED for row in calls) >= ATTEMPTS,
    }.get(reason, False)


def unless_shown(dossier: Dossier, *, actor: User, given: Given) -> bool:
    return not shown_by_facts(dossier, given.get("waived_reason", ""))


def not_answered(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if is_answered(dossier.round) and dossier.round.satisfaction_from in ASKED:
        yield Missing(_("The customer has answered already."))


@verb(WaiveSurvey, pgettext("verb", "Do not ask for satisfaction"), gate=not_answered, second_person=unless_shown)
def waive_survey(act: Act, *, waived_reason: str, reason: str = "") -> None:
    """免评价: the customer is not asked, for a listed reason that the case shows or a second person agrees to."""
    act.says("reason", reason)
    act.notes(waived_reason=waived_reason)
    act.move()
    act.round.waived_reason = waived_reason
