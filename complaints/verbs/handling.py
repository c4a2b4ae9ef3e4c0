"""The work on a case: telling, asking, writing down, classifying."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from rest_framework import serializers

from complaints.act import Act
from complaints.chronicle import IN_WORDS
from complaints.dossier import Dossier, Missing
from complaints.fields import Classification, CodeField, Form, Moment, line, optional, prose
from complaints.models import Contact, Level, State, Touchpoint
from complaints.services.clocks import facts_of, source_of
from complaints.services.routing import unit_named
from complaints.services.taxonomy import current_version
from complaints.verb import BUTTON, COMPOSER, NOTE, OURS, Given, out_of_turn, verb
from complaints.verbs.recusal import takes_no_name_away
from organization.models import User
from sla import services as sla
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean, StrictChar, StrictChoice, StrictDate, StrictDecimal, StrictInteger

REACHED = "CONNECTED"
LONGEST_SUSPENSION = timedelta(days=365)


class Acknowledge(Form):
    method = CodeField("notification_method", label=_("Told by"))
    text = optional(prose, _("What was told"))
    happened_at = Moment()


@verb(Acknowledge, pgettext("verb", "Acknowledge"), works=True, shown_as=OURS)
def acknowledge(act: Act, *, method: str, text: str = "", happened_at: datetime | None = None) -> None:
    """受理告知: the customer knows that we have it, and the first-contact clock stops."""
    act.says("reply", text)
    act.notes(method=method)
    act.move(acknowledged_at=act.case.acknowledged_at or act.happened_at)
    contacted(act)
    act.tell_customer("acknowledgement", method=method)


class LogContact(Form):
    method = CodeField("notification_method", label=_("Method"))
    result = CodeField("contact_result", label=_("Result"))
    gist = prose(_("Gist"))
    outbound = StrictBoolean(label=_("We called"), default=True)
    recording = optional(line, _("Recording number"))
    happened_at = Moment()


@verb(LogContact, pgettext("verb", "Log contact"), works=True, shown_as=NOTE, place=COMPOSER)
def log_contact(
    act: Act,
    *,
    method: str,
    result: str,
    gist: str,
    outbound: bool = True,
    recording: str = "",
    happened_at: datetime | None = None,
) -> None:
    """联系登记: one attempt to speak with the customer. Reaching them stops the first-contact clock as it happened."""
    act.says("gist", gist)
    act.says("evidence", recording)
    act.notes(method=method, result=result)
    act.move()
    if result == REACHED:
        contacted(act)
    keep_contact(act, method=method, result=result, outbound=outbound, recording=recording)


class Reply(Form):
    method = CodeField("notification_method", label=_("Told by"))
    text = prose(_("Reply"))


@verb(Reply, pgettext("verb", "Reply to customer"), works=True, shown_as=OURS, place=COMPOSER)
def reply(act: Act, *, method: str, text: str) -> None:
    """回复客户: an answer on the way; it is not the decision."""
    act.says("reply", text)
    act.notes(method=method)
    act.move(replied_at=act.at)
    contacted(act)
    act.tell_customer("reply", method=method, text=text)


class Note(Form):
    text = prose(_("Note"), max_length=20_000)


@verb(Note, pgettext("verb", "Note"), shown_as=NOTE, place=COMPOSER, leaves_etag=True)
def note(act: Act, *, text: str) -> None:
    """处理记录: for colleagues only."""
    act.says("note", text)
    act.move()


class Amend(Form):
    reason = prose(_("Reason"))
    touchpoint = StrictChoice(Touchpoint.choices, label=_("Touchpoint"), required=False)
    product = StrictChar(label=_("Product"), max_length=80, required=False)
    amount = StrictDecimal(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0, required=False)
    demand = CodeField("demand", label=_("Demand"), required=False)
    complainants = StrictInteger(label=_("Number of complainants"), min_value=1, max_value=100_000, required=False)
    named_staff = serializers.ListField(
        child=StrictChar(max_length=40), label=_("Staff named"), max_length=20, required=False
    )
    complained_unit = StrictChar(label=_("Complained unit (code)"), max_length=40, required=False)


@verb(Amend, pgettext("verb", "Correct"), who=takes_no_name_away)
def amend(act: Act, *, reason: str, **facts: Any) -> None:
    """更正: a fact is put right; the log keeps what it was, and people's words beside it."""
    act.says("reason", reason)
    more: dict[str, Any] = {}
    if code := facts.pop("complained_unit", ""):
        more["complained_unit"] = unit_named(act.case, code, field="complained_unit")
        act.notes(complained_unit=more["complained_unit"].pk)
    put_right(act, facts, **more)


class Classify(Classification):
    demand = CodeField("demand", label=_("Demand"), required=False)
    root_cause = CodeField("root_cause", label=_("Root cause"), required=False, allow_blank=True)


@verb(Classify, pgettext("verb", "Classify"), works=True, place=BUTTON)
def classify(act: Act, **codes: str) -> None:
    """分类: where (A), what (B) and why (C); each change stays in the log with its old value."""
    put_right(act, codes, code_version=current_version())


class SetLevel(Form):
    level = StrictChoice(Level.choices, label=_("Level"))
    urgent = StrictBoolean(label=_("Urgent"), default=False)
    reason = prose(_("Reason"))


@verb(SetLevel, pgettext("verb", "Set level"))
def set_level(act: Act, *, level: str, reason: str, urgent: bool = False) -> None:
    """定级: raise or lower the level, with a reason."""
    act.says("reason", reason)
    act.notes(was=act.case.level, now=level, urgent=urgent)
    act.move(level=level, urgent=urgent)


class AskCustomer(Reply):
    until = StrictDate(label=_("Last day of the wait"), required=False)


def waits_not_too_long(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Until a day that is not over, and no longer than the policy lets a case wait."""
    if given.get("until") is None:
        return
    case = dossier.case
    longest = sla.plan_later("wait", facts_of(case, source=source_of(case)), started_at=at, at=at)
    if longest is not None:
        yield from day_between(given.get("until"), at, timezone.localdate(longest.due_at))


def day_between(day: date | None, at: datetime, last: date) -> Iterator[Missing]:
    if day is not None and not timezone.localdate(at) <= day <= last:
        said = gettext("Choose a day from today on, and not after {last}.").format(last=last)
        yield Missing(said, "until")


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


class Suspend(Form):
    ground = CodeField("clock_exclusion", label=_("Ground"))
    evidence = line(_("Evidence number"))
    until = StrictDate(label=_("Until when, by the evidence"))
    text = prose(_("What the customer was told"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        last = dossier.case.events.latest("sequence").at
        until = timezone.localdate(last) + LONGEST_SUSPENSION / 2
        return {**super().example(dossier), "until": until.isoformat()}


def suspended_not_too_long(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from day_between(given.get("until"), at, timezone.localdate(at) + LONGEST_SUSPENSION)


@verb(Suspend, pgettext("verb", "Deduct from the deadline"), gate=suspended_not_too_long)
def suspend(act: Act, *, ground: str, evidence: str, until: date, text: str) -> None:
    """期限扣除: an appraisal or mediation is under way until the day its evidence names; internal clocks wait."""
    act.says("reason", text)
    act.says("evidence", evidence)
    act.notes(ground=ground, until=until)
    act.move()
    act.clocks.wait(at=act.at, sequence=act.sequence, until=until)


class Resume(Form):
    reason = optional(prose, _("Reason"))


def unless_waiting(dossier: Dossier, *, at: datetime) -> DomainError | None:
    return None if dossier.waits else out_of_turn(dossier, "resume")


@verb(Resume, pgettext("verb", "Resume"), when=unless_waiting)
def resume(act: Act, *, reason: str = "") -> None:
    """恢复办理: the clocks go on from where they stopped. One on offer stays so, and returns to the work."""
    act.says("reason", reason)
    act.move()
    if act.case.state == State.ASSIGNED:
        assert act.offer is not None
        act.offer.from_state = State.IN_PROGRESS
    act.clocks.go_on(at=act.at)


def contacted(act: Act) -> None:
    """The customer has heard from us: the first time is kept, and its clock stops then."""
    first = act.case.first_contact_at
    act.case.first_contact_at = min(first, act.happened_at) if first else act.happened_at
    act.clocks.stop("first_contact", at=act.happened_at)


def keep_contact(
    act: Act,
    *,
    method: str,
    result: str,
    outbound: bool,
    recording: str,
    purpose: str = Contact.Purpose.HANDLING,
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
            by=act.actor,
            at=act.at,
            happened_at=act.happened_at,
            event_sequence=act.sequence,
        )
    )


def put_right(act: Act, facts: dict[str, Any], **more: Any) -> None:
    """Set facts of the case; the event keeps codes and numbers as they were beside what they are."""
    was = {name: getattr(act.case, name) for name, value in facts.items() if getattr(act.case, name) != value}
    codes = [name for name in was if name not in IN_WORDS]
    act.notes(was={name: was[name] for name in codes}, now={name: facts[name] for name in codes})
    act.move(**{name: facts[name] for name in was}, **more)
