"""The work on a case: writing down, putting right, classifying, waiting."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Classification, CodeField, Form, PartnerCode, UnitCode, line, optional, prose
from complaints.models import State
from complaints.services.partners import choices_for
from complaints.services.taxonomy import current_version
from complaints.verb import BUTTON, COMPOSER, NOTE, Given, out_of_turn, verb
from complaints.verbs.amending import complained, partnered, put_right
from complaints.verbs.evidence import send
from complaints.verbs.excluding import ask_to_leave_out, cut_short, untold
from complaints.verbs.recusal import names_no_other_unit
from organization.models import User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictDate

LONGEST_SUSPENSION = timedelta(days=365)


class Note(Form):
    text = prose(_("Note"), max_length=20_000)


@verb(Note, pgettext("verb", "Note"), shown_as=NOTE, place=COMPOSER, leaves_etag=True, of_group=True, in_bulk=True)
def note(act: Act, *, text: str) -> None:
    """处理记录: for colleagues only."""
    act.says("note", text)
    act.move()


class Classify(Classification):
    demand = CodeField("demand", label=_("Demand"), required=False)
    root_cause = CodeField("root_cause", label=_("Root cause"), required=False, allow_blank=True)
    complained_unit = UnitCode(label=pgettext("fact", "Complained unit"))
    partner = PartnerCode(label=pgettext("fact", "Partner institution"))

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {**choices_for(dossier.case)}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        where = dossier.case.complained_unit or dossier.case.receiving_unit
        return {**super().example(dossier), "reason": "C07", "complained_unit": where.code}


@verb(
    Classify,
    pgettext("verb", "Classify"),
    who=names_no_other_unit,
    works=True,
    place=BUTTON,
    of_group=True,
    in_bulk=True,
)
def classify(act: Act, **codes: str) -> None:
    """分类: where (A), what (B), why (C) and about whom; each change stays in the log with its old value."""
    put_right(act, codes, code_version=current_version(), **complained(act, codes), **partnered(act, codes))


def day_between(day: date | None, at: datetime, last: date) -> Iterator[Missing]:
    if day is not None and not timezone.localdate(at) <= day <= last:
        said = gettext("Choose a day from today on, and not after {last}.").format(last=last)
        yield Missing(said, "until")


class Suspend(Form):
    ground = CodeField("clock_exclusion", label=_("Ground"))
    evidence = line(_("Number of the commission, or of the application of both sides"))
    since = StrictDate(label=_("Since"), required=False)
    until = StrictDate(label=_("Until when, by the evidence"))
    text = prose(_("What the customer was told"))
    method = CodeField("notification_method", label=_("Told by"), required=False, default="")
    proof = optional(line, _("Evidence: recording, message or tracking number"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        last = dossier.case.events.latest("sequence").at
        until = timezone.localdate(last) + LONGEST_SUSPENSION / 2
        return {**super().example(dossier), "until": until.isoformat()}


def suspended_not_too_long(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from day_between(given.get("until"), at, timezone.localdate(at) + LONGEST_SUSPENSION)
    first, today, since = timezone.localdate(dossier.case.received_at), timezone.localdate(at), given.get("since")
    if since is not None and not first <= since <= today:
        said = gettext("Choose a day from {first} to {last}.").format(first=first, last=today)
        yield Missing(said, "since")
    yield from untold(dossier, given)


@verb(Suspend, pgettext("verb", "Deduct from the deadline"), gate=suspended_not_too_long)
def suspend(
    act: Act,
    *,
    ground: str,
    evidence: str,
    until: date,
    text: str,
    since: date | None = None,
    method: str = "",
    proof: str = "",
) -> None:
    """鉴定/调解: an appraisal or mediation is under way until the day its evidence names; internal clocks wait.

    A second one may begin meanwhile. That the days do not count for a deadline of the law is asked of a second person:
    of a mediation, and of an appraisal of which the customer was told.

    since   the day of the commission, or of the application of both sides; default: today
    method, proof  how the customer was told, and what shows it
    """
    since = since or timezone.localdate(act.at)
    act.says("reason", text)
    act.says("evidence", evidence)
    act.notes(ground=ground, since=since, until=until, method=method)
    act.move()
    act.says("proof", send(act, kind="reply", method=method, text=text, evidence=proof) if method else "")
    act.clocks.wait(at=act.at, sequence=act.sequence, until=until)
    ask_to_leave_out(act, ground=ground, since=since, until=until, told=bool(method))


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
    cut_short(act)
