"""Speaking with the customer: telling that we have it, calls, replies, questions."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, Moment, line, optional, prose
from complaints.models import Contact
from complaints.services.deadlines import facts_of, told_by
from complaints.services.identifying import BY_WHAT, NOT_THEM
from complaints.verb import BUTTON, COMPOSER, NOTE, OURS, Given, verb
from complaints.verbs.handling import day_between
from complaints.verbs.hearing import not_to_a_stranger, proven_authority, usual_method
from complaints.verbs.lateness import credited
from complaints.verbs.promising import keep_by_calling
from organization.models import User
from sla import services as sla
from sqm_site.fields import StrictBoolean, StrictDate

REACHED = "CONNECTED"
ACKNOWLEDGED = "acknowledged"  # a clock that nobody has: only a day late is late


class Acknowledge(Form):
    method = CodeField("notification_method", label=_("Told by"))
    text = optional(prose, _("What was told"))
    happened_at = Moment()


@verb(Acknowledge, pgettext("verb", "Acknowledge"), works=True, shown_as=OURS)
def acknowledge(act: Act, *, method: str, text: str = "", happened_at: datetime | None = None) -> None:
    """受理告知: the customer knows that we have it, and by when they hear. No contact yet; it stops no clock."""
    act.says("reply", text)
    act.notes(method=method)
    act.move(acknowledged_at=act.case.acknowledged_at or act.happened_at)
    credited(act, ACKNOWLEDGED)
    until = told_by(act.dossier.clocks, at=act.at)
    promised: dict[str, Any] = {"due_at": until.isoformat()} if until else {}
    act.tell_customer("acknowledgement", method=method, **promised)


class LogContact(Form):
    method = CodeField("notification_method", label=_("Method"))
    result = CodeField("contact_result", label=_("Result"))
    gist = prose(_("Gist"))
    outbound = StrictBoolean(label=_("We called"), default=True)
    recording = optional(line, _("Recording number"))
    identity = CodeField(BY_WHAT, label=_("Identity verified by"), required=False, default="", allow_blank=True)
    happened_at = Moment()


def of_whom_it_reached(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Only somebody who was reached can be asked who they are (Art. 22)."""
    if given.get("identity") and given.get("result") not in {REACHED, NOT_THEM}:
        yield Missing(gettext("The call reached nobody: leave empty by what they were verified."), "identity")


@verb(LogContact, pgettext("verb", "Log contact"), gate=of_whom_it_reached, works=True, shown_as=NOTE, place=COMPOSER)
def log_contact(
    act: Act,
    *,
    method: str,
    result: str,
    gist: str,
    outbound: bool = True,
    recording: str = "",
    identity: str = "",
    happened_at: datetime | None = None,
) -> None:
    """联系登记: one attempt to speak with the customer.

    A first contact is our attempt (首次联系), whether it reaches them (联系上) or not; their own call is none.
    identity  by what it was verified who speaks (核实身份); of who is not the customer the result says so
    """
    act.says("gist", gist)
    act.says("evidence", recording)
    act.notes(method=method, result=result, identity=identity)
    act.move()
    if outbound:
        contacted(act)
    if result == REACHED:
        act.case.reached_at = earlier(act.case.reached_at, act.happened_at)
    if outbound and result == REACHED:
        keep_by_calling(act, recording)
    keep_contact(act, method=method, result=result, outbound=outbound, recording=recording, identity=identity)


class Reply(Form):
    method = CodeField("notification_method", label=_("Told by"))
    text = prose(_("Reply"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        usual = super().example(dossier)
        return {**usual, "method": usual_method(dossier).get("method", usual["method"])}


def to_whom_it_concerns(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from proven_authority(dossier, given.get("method", ""))
    yield from not_to_a_stranger(dossier, given)


@verb(Reply, pgettext("verb", "Reply to customer"), gate=to_whom_it_concerns, works=True, shown_as=OURS, place=COMPOSER)
def reply(act: Act, *, method: str, text: str) -> None:
    """回复客户: an answer on the way; it is not the decision."""
    act.says("reply", text)
    act.notes(method=method)
    act.move(replied_at=act.at)
    contacted(act)
    act.tell_customer("reply", method=method, text=text)


class AskCustomer(Reply):
    until = StrictDate(label=_("Last day of the wait"), required=False)


def waits_not_too_long(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Until a day that is not over, and no longer than the policy lets a case wait."""
    if given.get("until") is None:
        return
    case = dossier.case
    longest = sla.plan_later("wait", facts_of(case), started_at=at, at=at)
    if longest is not None:
        yield from day_between(given.get("until"), at, timezone.localdate(longest.due_at))


@verb(
    AskCustomer, pgettext("verb", "Ask for material"), gate=waits_not_too_long, works=True, shown_as=OURS, place=BUTTON
)
def ask_customer(act: Act, *, method: str, text: str, until: date | None = None) -> None:
    """请补材料: internal clocks wait for the customer, the statutory one does not. At its end the wait ends by itself.

    until  the last day of the wait; default: as long as the policy lets a case wait
    """
    act.says("reply", text)
    act.notes(method=method, until=until)
    act.move()
    contacted(act)
    act.clocks.wait(at=act.at, sequence=act.sequence, until=until)
    act.tell_customer("reply", method=method, text=text)


def contacted(act: Act) -> None:
    """We have turned to the customer: the first time is kept, and its clock stops then."""
    first_contact(act, act.happened_at)
    act.clocks.stop("first_contact", at=act.happened_at if credited(act, "first_contact") else act.at)


def first_contact(act: Act, happened_at: datetime) -> None:
    act.case.first_contact_at = earlier(act.case.first_contact_at, happened_at)


def earlier(one: datetime | None, other: datetime) -> datetime:
    return min(one, other) if one else other


def keep_contact(
    act: Act,
    *,
    method: str,
    result: str,
    outbound: bool,
    recording: str,
    purpose: str = Contact.Purpose.HANDLING,
    identity: str = "",
) -> None:
    customer = act.case.customer
    act.keeps(
        Contact(
            case=act.case,
            purpose=purpose,
            outbound=outbound,
            method=method,
            number_masked=customer.phone.masked if customer else "",
            result=result,
            recording=act.readable(recording),
            identity=identity,
            by=act.actor,
            at=act.at,
            happened_at=act.happened_at,
            event_sequence=act.sequence,
        )
    )
