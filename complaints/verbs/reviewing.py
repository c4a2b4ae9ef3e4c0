"""核查 (Art. 20): the superior institution reviews a decision that the customer does not accept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act, Writing, perform
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, Moment, line, prose
from complaints.locks import held
from complaints.models import MOVED, Case, Decision, Nature, State
from complaints.services.falling import fall
from complaints.services.remedies import superior_of
from complaints.services.reviewing import begin_review
from complaints.verb import Given, Terms, before, took_part, verb
from complaints.verbs.closing import again
from complaints.verbs.countersigning import begin
from complaints.verbs.deciding import InWords, draft
from complaints.verbs.evidence import NUMBERED
from complaints.verbs.lateness import AT_ONCE
from complaints.verbs.outside import put_off
from organization.models import Unit, User
from sqm_site.fields import StrictChoice, StrictInteger

Conclusion, Examined = Decision.Conclusion, Decision.Examined


class RequestReview(Form):
    evidence = line(gettext_lazy("Number of the written application"))
    reason = prose(gettext_lazy("What the customer does not accept"))
    received_at = Moment(gettext_lazy("Application received at"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "evidence": "SQ-00001"}


def reviewable(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """A written application within 30 days of the receipt of a decision, above which an institution stands; once."""
    told = dossier.told
    if dossier.case.kind == Case.Kind.REVIEW:
        yield Missing(_("A review is decided once: mediation, arbitration and court remain to the customer."))
    elif dossier.case.nature != Nature.COMPLAINT or told is None:
        yield Missing(_("Only the decision on a complaint that the customer was told here is reviewed."))
    elif dossier.review is not None:
        yield Missing(_("A review of this decision was asked for already."))
    elif superior_of(deciding_unit(dossier)) is None:
        yield Missing(_("No superior institution stands above the one that decided: other ways remain."))
    else:
        received_at: datetime = given.get("received_at") or at
        if before(received_at, told.told_at):
            yield Missing(_("The customer had not been told by then: correct the time."), "received_at")
        if timezone.localdate(received_at) > told.review_until_on:
            said = _("A review could be asked for until {day}: give the day on which the application came in.")
            yield Missing(said.format(day=told.review_until_on), "received_at")
        if not NUMBERED.fullmatch(given.get("evidence", "").strip()):
            yield Missing(_("A review is asked for in writing: give the number of the application."), "evidence")


def deciding_unit(dossier: Dossier) -> Unit:
    """The unit that had the case when it was decided: to hand it on afterwards changes nothing."""
    decided_at, moved = dossier.round.decided_at, [offer for offer in dossier.offers if offer.outcome in MOVED]
    later = (offer.from_unit for offer in moved if decided_at and offer.ended_at and offer.ended_at > decided_at)
    return next(later, dossier.case.handling_unit)


def measured_or_dated_back(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """It puts off by when the case is filed; and an earlier day may let in what came too late."""
    received_at = given.get("received_at")
    dated_back = received_at is not None and dossier.at - received_at > AT_ONCE
    return dated_back or took_part(dossier, actor)


def as_received(dossier: Dossier, *, given: Given) -> Terms:
    """Granted later, it has come in when it was asked for."""
    return Terms(codes={"received_at": given.get("received_at") or dossier.at})


@verb(
    RequestReview,
    pgettext("verb", "Request review"),
    gate=reviewable,
    second_person=measured_or_dated_back,
    terms=as_received,
)
def request_review(act: Act, *, evidence: str, reason: str, received_at: datetime | None = None) -> None:
    """申请核查: the customer applies in writing; the superior institution has a case about it, for 30 days.

    The reviewed case stays as it is, and is not filed before the review is decided.

    received_at  when the application came in; default: as it is entered. Dated back by more than a day, or entered by
                 somebody who took part, a second person agrees
    """
    act.says("evidence", evidence)
    act.says("reason", reason)
    act.move()
    superior = superior_of(deciding_unit(act.dossier))
    assert superior is not None
    said = {"evidence": evidence, "reason": reason}
    review = begin_review(act.round, superior, received_at=act.happened_at, said=said, by=act.actor, at=act.at)
    act.notes(review=review.pk)
    if until := review.promised_due_at or review.next_due_at:
        put_off(act, until)
    act.tell(act.case.owner, "review_requested")
    act.tell_first_receiver()


class Examination(Form):
    conclusion = StrictChoice(Conclusion.choices, label=gettext_lazy("Conclusion of the review"))
    on_process = StrictChoice(Examined.choices, label=pgettext("review", "Process"))
    on_time_limits = StrictChoice(Examined.choices, label=pgettext("review", "Time limits"))
    on_result = StrictChoice(Examined.choices, label=pgettext("review", "Result"))


class DecideReview(Examination, InWords):
    pass


def consistent(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """What stands is right in its result; what does not has something wrong."""
    if dossier.case.kind != Case.Kind.REVIEW:
        yield Missing(_("Only a review is decided so: draft a decision."))
        return
    found = [given.get(name) for name in ("on_process", "on_time_limits", "on_result")]
    if given.get("conclusion") == Conclusion.UPHELD and found[-1] == Examined.FLAWED:
        yield Missing(_("A result that is not in order does not stand: change it, or send it back."), "conclusion")
    if given.get("conclusion") in {Conclusion.CHANGED, Conclusion.SENT_BACK} and Examined.FLAWED not in found:
        yield Missing(_("Say what is not in order: the process, the time limits or the result."), "on_result")


@verb(DecideReview, pgettext("verb", "Decide review"), gate=consistent, works=True)
def decide_review(
    act: Act, *, conclusion: str, on_process: str, on_time_limits: str, on_result: str, **words: str
) -> None:
    """核查结论: process, time limits and result were examined; the decision stands, is changed, or is sent back.

    As with every decision a second person checks it, and it counts once the customer was told.
    """
    act.move()
    examined = {"on_process": on_process, "on_time_limits": on_time_limits, "on_result": on_result}
    draft(act, words, conclusion=conclusion, **examined)
    begin(act)


def pass_on(act: Act) -> None:
    """The customer was told the conclusion of a review: the case that was reviewed hears of it, and is decided anew.

    Its row was locked before (`lock_together`).
    """
    link = act.case.review_of
    if link is None:
        return
    (conclusion, *_earlier) = [row.conclusion for row in reversed(act.dossier.decisions) if is_approved(row)]
    writing = Writing(held(link.other_id), act.at)
    case = writing.case
    stands = case.state in (State.NOTIFIED, State.CLOSED) and case.current_round == link.other_round
    told = decide_anew if stands and conclusion != Conclusion.UPHELD else hear_review
    given = {"conclusion": conclusion, "review": act.case.pk}
    perform(told, writing, actor=User.system(), at=act.at, given=given, follows=True)
    fall(writing, at=act.at)
    act.writing.others.append(writing)


def is_approved(row: Decision) -> bool:
    return row.status == Decision.Status.APPROVED


class Concluded(Form):
    conclusion = StrictChoice(Conclusion.choices, label=gettext_lazy("Conclusion of the review"))
    review = StrictInteger(label=gettext_lazy("Review"), min_value=1)


@verb(Concluded, pgettext("verb", "Conclusion of the review"), door=False)
def hear_review(act: Act, *, conclusion: str, review: int) -> None:
    """核查结果: the decision stands; or the case went on in a later round meanwhile."""
    act.notes(conclusion=conclusion, review=review)
    act.move()
    act.tell(act.case.owner, "review_told")
    act.tell_first_receiver()


@verb(Concluded, pgettext("verb", "Back from review"), door=False)
def decide_anew(act: Act, *, conclusion: str, review: int) -> None:
    """核查后重办: a round begins as after a dispute; the one before keeps its figures."""
    act.notes(conclusion=conclusion, review=review)
    again(act, "")
    act.clocks.begin_again(at=act.at)
