"""更正: facts of a case are put right; the log keeps what they were."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext
from rest_framework import serializers

from complaints.act import Act
from complaints.chronicle import IN_WORDS, blank, subject_digest
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, PartnerCode, UnitCode, line, optional, prose
from complaints.models import MAJOR_FROM, Case, CaseWords, Level, State, Touchpoint
from complaints.services import moving
from complaints.services.partners import choices_for, partner_named
from complaints.services.representing import ACTING, elected, standing
from complaints.services.routing import unit_named
from complaints.verb import VERBS, Given, before, verb
from complaints.verbs.recusal import takes_nothing_away
from organization.models import User
from security.unkept import without_secrets
from sqm_site.errors import Invalid
from sqm_site.fields import AwareDateTime, StrictChar, StrictChoice, StrictDecimal, StrictInteger

MANY = 100_000  # people who complain together


class Amend(Form):
    subject = optional(line, gettext_lazy("Subject"), max_length=200)
    touchpoint = StrictChoice(Touchpoint.choices, label=gettext_lazy("Touchpoint"), required=False)
    product = StrictChar(label=gettext_lazy("Product"), max_length=80, required=False)
    amount = StrictDecimal(label=gettext_lazy("Amount"), max_digits=14, decimal_places=2, min_value=0, required=False)
    demand = CodeField("demand", label=gettext_lazy("Demand"), required=False)
    complainants = StrictInteger(
        label=gettext_lazy("Number of complainants"), min_value=1, max_value=MANY, required=False
    )
    named_staff = serializers.ListField(
        child=StrictChar(max_length=40), label=gettext_lazy("Staff named"), max_length=20, required=False
    )
    complained_unit = UnitCode(label=pgettext("fact", "Complained unit"))
    partner = PartnerCode(label=pgettext("fact", "Partner institution"))
    complainant_type = CodeField("complainant_type", label=gettext_lazy("Complainant type"), required=False)
    received_at = AwareDateTime(label=gettext_lazy("Received at"), required=False)
    evidence = optional(line, gettext_lazy("Evidence of the receipt, such as the postmark"))
    reason = optional(prose, gettext_lazy("Reason, where what was entered is put right"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {"reason": str(cls().fields["reason"].label)}

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {**choices_for(dossier.case)}


def if_receipt_or_complainant(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """Every deadline counts from the receipt, and whoever acts for another hears of no decision before their paper was
    seen: a second person has seen what shows that it is otherwise."""
    kind = dossier.case.complainant_type
    return "received_at" in given or (kind in ACTING and given.get("complainant_type", kind) != kind)


def shown(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """A corrected receipt lies before everything that was done since, and has evidence."""
    case, received_at = dossier.case, given.get("received_at")
    if case.state == State.MERGED:
        yield Missing(_("It is handled in another case: correct the facts there."))
    if received_at is None:
        return
    if case.state == State.MERGED or dossier.absorbed:
        yield Missing(
            _("Cases were merged: take them apart, correct the receipt, and merge them again."), "received_at"
        )
    answered = [row.answered_at for row in dossier.references]
    acts = [at, case.first_contact_at, case.acknowledged_at, dossier.round.notified_at, *answered]
    if any(before(moment, received_at) for moment in acts if moment):
        yield Missing(_("Something was done on the case before that: correct the time."), "received_at")
    if not given.get("evidence"):
        yield Missing(_("Give the evidence of the receipt, such as the number of the letter."), "evidence")


def put_right_or_added(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """What was entered once is corrected for a reason; what nobody entered is only added."""
    yield from shown(dossier, actor=actor, at=at, given=given)
    if given.get("complainants", MANY) < elected(standing(dossier)):
        said = _("More people speak for them than complain: end a representative first.")
        yield Missing(said, "complainants")
    if given.get("subject") and not has_message(dossier):
        yield Missing(_("The title came with the case and stays."), "subject")
    if corrects(dossier, given) and not given.get("reason"):
        yield Missing(_("Say why what was entered is put right."), "reason")


def has_message(dossier: Dossier) -> bool:
    """Whether a message of its own opened the case: not of one that was imported, or began from another."""
    return dossier.contact is not None and dossier.line == [dossier.case.pk]


def corrects(dossier: Dossier, given: Given) -> bool:
    """Whether a fact that was entered is given another value."""
    case = dossier.case
    if "received_at" in given or (given.get("subject") and dossier.contact and dossier.contact.subject):
        return True
    unit = case.complained_unit and case.complained_unit.code
    if unit and given.get("complained_unit") not in {None, "", unit}:
        return True
    if case.partner and given.get("partner") not in {None, "", case.partner.code}:
        return True
    return any(
        value != getattr(case, name) != blank(Case)[name]
        for name, value in given.items()
        if name not in NO_COLUMN and getattr(case, name) is not None
    )


NO_COLUMN = {"reason", "evidence", "subject", "complained_unit", "partner", "received_at"}


@verb(
    Amend,
    pgettext("verb", "Correct"),
    who=takes_nothing_away,
    gate=put_right_or_added,
    second_person=if_receipt_or_complainant,
    of_group=True,
)
def amend(
    act: Act,
    *,
    reason: str = "",
    subject: str = "",
    received_at: datetime | None = None,
    evidence: str = "",
    **facts: Any,
) -> None:
    """更正: a fact is put right or added; the log keeps what it was, and people's words beside it.

    subject      the title, instead of how the first message begins
    received_at  when the customer handed it in; a second person agrees, and the deadlines move with it
    Raises Invalid where nothing is said.
    """
    if not any((reason, subject, received_at, facts)):
        raise Invalid({"reason": [str(_("Fill in what is to be corrected or added."))]})
    act.says("reason", reason)
    act.says("evidence", evidence)
    if subject:
        call_it(act, subject)
    if received_at is not None:
        correct_receipt(act, received_at)
    put_right(act, facts, **complained(act, facts), **partnered(act, facts))
    if (facts.get("complainants") or 0) >= MAJOR_FROM and act.case.level != Level.MAJOR:
        reason = _("{count} people complain together.").format(count=facts["complainants"])
        act.then(VERBS["set_level"], actor=User.system(), level=str(Level.MAJOR), urgent=act.case.urgent, reason=reason)


def call_it(act: Act, subject: str) -> None:
    """The title as people read it, and its digest, which the log keeps."""
    act.case.subject = act.readable(without_secrets(subject))
    act.says("subject", subject)
    act.notes(subject=subject_digest(act.case.subject))


def correct_receipt(act: Act, received_at: datetime) -> None:
    case, was = act.case, act.case.received_at
    act.notes(received_was=was)
    case.received_at = received_at
    if act.round.began_at == was:
        act.round.began_at = received_at
    for row in act.dossier.references:
        if row.received_at == was:  # registered with it
            row.received_at = received_at
            act.keeps(row)
    moving.correct_receipt(act.clocks, was=was, at=act.at, evidence=f"event:{act.sequence}")
    CaseWords.objects.filter(case=case).update(received_at=received_at)


def complained(act: Act, facts: dict[str, Any]) -> dict[str, Any]:
    """被投诉单位: take its code out of the facts, as a column of the case where it is another one than before."""
    code = facts.pop("complained_unit", "")
    unit = unit_named(act.case, code, field="complained_unit") if code else None
    if unit is None or unit.pk == act.case.complained_unit_id:
        return {}
    act.notes(complained_unit=unit.pk)
    return {"complained_unit": unit}


def partnered(act: Act, facts: dict[str, Any]) -> dict[str, Any]:
    """合作机构: take its code out of the facts, as a column of the case where it is another one than before."""
    code = facts.pop("partner", "")
    partner = partner_named(act.case, code) if code else None
    if partner is None or partner.pk == act.case.partner_id:
        return {}
    act.notes(partner=partner.pk)
    return {"partner": partner}


def put_right(act: Act, facts: dict[str, Any], **more: Any) -> None:
    """Set facts of the case; the event keeps codes and numbers as they were beside what they are."""
    was = {name: getattr(act.case, name) for name, value in facts.items() if getattr(act.case, name) != value}
    codes = [name for name in was if name not in IN_WORDS]
    act.notes(was={name: was[name] for name in codes}, now={name: facts[name] for name in codes})
    act.move(**{name: facts[name] for name in was}, **more)
