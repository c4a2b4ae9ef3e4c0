"""Telling the customer the decision, and the short way for simple cases."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Classification, CodeField, Form, Moment, UnitCode, line, optional, prose
from complaints.locks import lock_together
from complaints.models import CONDUCT, AnswerSource, Case, Level, Nature, Notification, Satisfaction
from complaints.services.countersigning import rules_for
from complaints.services.redress import beyond
from complaints.services.representing import ends_of, is_spoken_for
from complaints.services.taxonomy import current_version, label
from complaints.verb import BUTTON, OURS, Given, before, verb
from complaints.verbs.amending import complained
from complaints.verbs.contacting import REACHED, first_contact, keep_contact
from complaints.verbs.evidence import SPOKEN, proven, send
from complaints.verbs.hearing import (
    TOLD_TO,
    not_to_a_stranger,
    proven_authority,
    to_whom,
    told_for,
    usual_method,
    usually_told,
    who_is_asked,
)
from complaints.verbs.lateness import AT_ONCE, credited
from complaints.verbs.recusal import named_settled, names_no_other_unit
from complaints.verbs.redressing import KINDS, promise, yuan
from complaints.verbs.reviewing import pass_on
from complaints.verbs.satisfaction import hear
from complaints.verbs.tasking import unanswered
from feedback import services as feedback
from organization.models import User
from sla import services as sla
from sqm_site.fields import StrictBoolean, StrictChoice

# 核查: within 30 days of receiving the decision (银行业保险业消费投诉处理管理办法 Art. 20).
REVIEW_DAYS = 30
# Nobody was reached: so many attempts, each on a day of its own, before that counts as told (Art. 21).
ATTEMPTS = 3
# What is given in settling at once: the rest has an agreement to sign, or no price.
AT_ONCE_GIVEN = ("WAIVER", "REFUND", "DAMAGES", "GOODWILL", "POINTS")
TELL = gettext_lazy("Say how the customer was told, and what.")


class Notify(Form):
    method = CodeField("notification_method", label=gettext_lazy("Told by"))
    evidence = optional(line, gettext_lazy("Evidence: recording, message or tracking number"))
    text = prose(gettext_lazy("What was told"))
    told_at = Moment(gettext_lazy("Told at"))
    unreachable = StrictBoolean(label=gettext_lazy("The customer cannot be reached"), default=False)
    told_to = StrictChoice([("", "—"), *TOLD_TO], label=gettext_lazy("Who is told"), default="")

    @classmethod
    def asked(cls, dossier: Dossier) -> set[str]:
        return super().asked(dossier) - (set() if is_spoken_for(dossier) else {"told_to"})

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, str]:
        usual = {**super().example(dossier), "told_to": usually_told(dossier)}
        told = {"method": dossier.agreed_way or usual["method"], "evidence": "REC-00001"}
        return {**usual, **told, **usual_method(dossier)}


def if_unreachable(dossier: Dossier, *, actor: User, given: Given) -> bool:
    return bool(given.get("unreachable"))


def told_and_proven(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Nobody is told what is not decided yet: the moment of telling makes the figure of the deadline."""
    decided_at = dossier.round.decided_at
    if given.get("told_at") and decided_at is not None and before(given["told_at"], decided_at):
        yield Missing(_("The decision was approved later than that: give the time at which it was told."), "told_at")
    if not given.get("unreachable"):
        yield from as_agreed(dossier, given)
        yield from to_whom(dossier, given)
        yield from not_to_a_stranger(dossier, given)
        ends = ends_of(dossier, given.get("told_to", "")) if given.get("method") else ()  # else nobody asks for them
        yield from proven(dossier, given, label=TELL, ends=ends)
    elif len(days_of_attempts(dossier)) < ATTEMPTS:
        said = _("Try to reach the customer on {days} days first; each attempt is a contact of this case.")
        yield Missing(said.format(days=ATTEMPTS), "unreachable")


def as_agreed(dossier: Dossier, given: Given) -> Iterator[Missing]:
    """The way of telling that both sides agreed on governs (Art. 21)."""
    if given.get("method") and dossier.agreed_way not in {"", given["method"]}:
        said = _("It was agreed with the customer how the decision is told: {way}. Tell it so, or agree anew.")
        yield Missing(said.format(way=label("notification_method", dossier.agreed_way)), "method")


def days_of_attempts(dossier: Dossier) -> set[object]:
    """The days on which somebody tried to reach the customer, and nobody did since. What is entered late, was then."""
    reached = max((row.happened_at for row in dossier.contacts if row.result == REACHED), default=None)
    tries = [row for row in dossier.contacts if row.outbound and row.result != REACHED]
    since = [row for row in tries if reached is None or row.happened_at > reached]
    return {timezone.localdate(row.happened_at if row.at - row.happened_at <= AT_ONCE else row.at) for row in since}


@verb(
    Notify,
    pgettext("verb", "Send decision"),
    shown_as=OURS,
    gate=told_and_proven,
    second_person=if_unreachable,
    locks_first=lock_together,
)
def notify(
    act: Act,
    *,
    method: str,
    text: str,
    evidence: str = "",
    told_at: datetime | None = None,
    unreachable: bool = False,
    told_to: str = "",
) -> None:
    """答复投诉人: the customer is told the decision, with evidence; this is 办结 and stops the statutory clock.

    told_at      when the call was made or the letter posted; on time is judged by it (R19). Default: now. A message
                 that we send is told as it is sent
    unreachable  nobody was reached on three days, and a second person has seen it
    told_to      where somebody speaks for the complainant: whom it reaches. Representatives are told for all
    """
    act.says("reply", text)
    act.notes(method=method, told_at=act.happened_at, unreachable=unreachable, told_to=told_to)
    act.notes(**told_for(act.dossier, told_to))
    act.move()
    ends = ends_of(act.dossier, told_to)
    tell(act, method=method, evidence=send(act, method=method, text=text, evidence=evidence, ends=ends))
    if method in SPOKEN and not unreachable:
        keep_contact(act, method=method, result=REACHED, outbound=True, recording=evidence)
    if unreachable:
        act.round.waived_reason = "UNREACHABLE"
    else:
        ask_satisfaction(act, method)
    pass_on(act)
    act.tell_first_receiver()


class Settle(Classification):
    finding = CodeField("finding", label=gettext_lazy("Finding"))
    demand_met = CodeField("demand_met", label=gettext_lazy("Demand met"))
    method = CodeField("notification_method", label=gettext_lazy("Told by"))
    evidence = optional(line, gettext_lazy("Evidence: recording, message or tracking number"))
    text = prose(gettext_lazy("What was told"))
    satisfaction = StrictChoice(
        [choice for choice in Satisfaction.choices if choice[0] in {Satisfaction.SATISFIED, Satisfaction.NO_OBJECTION}],
        label=gettext_lazy("Customer's view"),
    )
    complained_unit = UnitCode(label=pgettext("fact", "Complained unit"))
    redress = yuan(gettext_lazy("Redress (yuan)"))
    redress_kind = CodeField(KINDS, label=gettext_lazy("Kind of redress"), among=AT_ONCE_GIVEN, default="GOODWILL")

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, str]:
        where = dossier.case.complained_unit or dossier.case.receiving_unit
        usual = {**super().example(dossier), "reason": "C07", "complained_unit": where.code, "evidence": "REC-00001"}
        return {**usual, **usual_method(dossier)}


def about_a_unit(case: Case, given: Given) -> Iterator[Missing]:
    """被投诉单位: named; and what is about its conduct has a checker: whoever settles could name another unit."""
    if case.nature == Nature.COMPLAINT and not (given.get("complained_unit") or case.complained_unit_id):
        yield Missing(_("Name the unit complained of."), "complained_unit")
    if given.get("reason") in CONDUCT:
        yield Missing(_("It is about somebody's conduct: it needs a decision that a second person checks."), "reason")


def checked_by_others(dossier: Dossier, at: datetime) -> Iterator[Missing]:
    """What is never settled by one person, however simple."""
    if dossier.case.named_staff:
        yield Missing(_("The complaint names staff: it needs a decision that a second person checks."))
    if dossier.references:
        yield Missing(_("A regulator or city hotline has transferred this case: it needs a checked decision."))
    if rules_for(dossier, at=at):
        yield Missing(_("Other units give an opinion on such a decision (会签): draft it."))


def simple(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """What may be settled at once: fresh, ordinary, nobody named, no outside body, nothing decided, little redress."""
    yield from named_settled(dossier, actor=actor, at=at, given=given)
    yield from proven_authority(dossier)
    yield from not_to_a_stranger(dossier, given)
    case = dossier.case
    if case.kind == Case.Kind.REVIEW:
        yield Missing(_("This is a review: decide on what is reviewed."))
    yield from about_a_unit(case, given)
    if case.round > 1 or dossier.decisions:
        yield Missing(_("A decision was drafted or told before: a second person checks what follows."))
    days = settings.SETTLE_WORKING_DAYS
    if at > sla.working_days_after(case.received_at, days, entity=case.legal_entity_id):
        said = _("It came in more than %(days)s working days ago: it needs a checked decision.")
        yield Missing(said % {"days": days})
    if case.level != Level.ORDINARY:
        yield Missing(_("Only a case of ordinary level can be settled at once."))
    yield from checked_by_others(dossier, at)
    redress = given.get("redress")
    if redress and (why := beyond(actor, case, redress, dossier.redress, at)):
        yield Missing(why, "redress")
    yield from proven(dossier, given, label=TELL)


@verb(
    Settle,
    pgettext("verb", "Settle at once"),
    who=names_no_other_unit,
    gate=simple,
    warns=unanswered,
    works=True,
    shown_as=OURS,
    place=BUTTON,
)
def settle(
    act: Act,
    *,
    method: str,
    text: str,
    satisfaction: str,
    evidence: str = "",
    redress: Decimal | None = None,
    redress_kind: str = "GOODWILL",
    **codes: str,
) -> None:
    """即时办结: classification, what was told, the contact and the customer's acceptance in one form.

    redress  what the customer is promised, in yuan, within the actor's own limit; a colleague pays it
    A sample of what was settled is checked by colleagues of another team (抽查).
    """
    act.says("reply", text)
    unit = complained(act, codes)
    act.notes(method=method, **codes)
    act.move(**codes, **unit, code_version=current_version())
    act.round.decided_at, act.round.settled = act.happened_at, True
    if redress:
        promise(act, redress_kind, redress)
    keep_contact(act, method=method, result=REACHED, outbound=False, recording=evidence)
    tell(act, method=method, evidence=send(act, method=method, text=text, evidence=evidence))
    hear(act, satisfaction=satisfaction, source=AnswerSource.SETTLING)
    act.tell_first_receiver()


def tell(act: Act, *, method: str, evidence: str) -> None:
    """办结: the customer knows, and there is evidence of it."""
    act.says("evidence", evidence)
    told_at = act.round.notified_at = act.happened_at
    in_time = credited(act)
    act.round.credited_at = told_at if in_time else act.at
    first_contact(act, told_at)
    act.clocks.end_by_telling(told_at, counts_at=act.round.credited_at, at=act.at)
    told = Notification(
        case=act.case,
        round=act.round,
        method=method,
        told_at=told_at,
        evidence=act.readable(evidence),
        told_to=act.given.get("told_to", ""),
        by=act.actor,
    )
    told.review_until_on = timezone.localdate(told.received_at) + timedelta(days=REVIEW_DAYS)
    act.keeps(told)


def ask_satisfaction(act: Act, method: str) -> None:
    """Send the survey, but to who wants none. Where no message reaches them a colleague asks; until then nobody has."""
    case = act.case
    if case.customer is not None and case.customer.no_surveys_since is not None:
        act.round.waived_reason = feedback.OPTED_OUT
        return
    survey = act.round.survey = feedback.invite(
        case.reference,
        contact=who_is_asked(act.dossier),
        confirmed=act.dossier.confirmed,
        legal_entity=case.legal_entity,
        channel=method,
        at=act.at,
    )
    if survey.sent:
        act.round.satisfaction_asked_at = act.at
