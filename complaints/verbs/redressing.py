"""减免补偿: what the customer is promised, by whom it is granted, and that it was paid."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import SecondPerson
from complaints.fields import CodeField, Form, Moment, UnitCode, line, optional, prose
from complaints.models import Approval, Case, Redress
from complaints.models.redress import NON_MONETARY
from complaints.services.redress import beyond, limit_of, money, promised_in_all, tiers, usual_day
from complaints.services.routing import unit_named
from complaints.services.taxonomy import label
from complaints.verb import Given, Terms, always, before, out_of_turn, verb
from complaints.verbs.handling import day_between
from complaints.verbs.lateness import credited
from organization.models import Unit, User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictDate, StrictDecimal, StrictInteger

KINDS = "redress_kind"
# 协议退保、通融赔付: beyond the contract, and so only by another one.
ONLY_SIGNED = "INSURANCE_SETTLEMENT"
LONGEST = timedelta(days=366)


def yuan(text: Any) -> StrictDecimal:
    return StrictDecimal(label=text, max_digits=14, decimal_places=2, min_value=0, required=False)


class ProposeRedress(Form):
    kind = CodeField(KINDS, label=gettext_lazy("Kind of redress"))
    amount = yuan(gettext_lazy("Redress (yuan)"))
    demanded = yuan(gettext_lazy("Demanded (yuan)"))
    pay_by = StrictDate(label=gettext_lazy("To be paid by"), required=False)
    cost_unit = UnitCode(label=gettext_lazy("Cost unit"))
    agreement = optional(line, gettext_lazy("Number of the settlement agreement"))
    reason = prose(gettext_lazy("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "kind": "REFUND", "amount": "1.00"}


def at_a_unit(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Raises Invalid for a cost unit that is none of the legal entity."""
    cost_unit_of(dossier.case, given.get("cost_unit", ""))
    return None


def cost_unit_of(case: Case, code: str) -> Unit:
    """The unit of this code; by default the one complained of, else the one that handles the case."""
    if code:
        return unit_named(case, code, field="cost_unit")
    return case.complained_unit or case.handling_unit


def a_price(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Everything but an apology has one, and somebody whose limit reaches so far."""
    kind, amount = given.get("kind"), given.get("amount")
    if kind == NON_MONETARY and amount:
        yield Missing(_("This has no price: leave the amount empty, or choose another kind."), "amount")
    elif kind != NON_MONETARY and not amount:
        yield Missing(_("Say how much it is, in yuan; of points or a gift what they are worth."), "amount")
    elif amount and beyond_own(dossier, actor, given) and not roles_for(dossier, given):
        yield Missing(_("Nobody's limit for redress reaches so far: have an administrator enter one."), "amount")
    if kind == ONLY_SIGNED and not given.get("agreement"):
        yield Missing(_("It goes beyond the contract: give the number of the agreement that was signed."), "agreement")
    for missing in day_between(given.get("pay_by"), at, timezone.localdate(at) + LONGEST):
        yield Missing(missing.sentence, "pay_by")


def of_more_than_ones_own(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """More than one may give alone; at the cost of a unit it is not about; or so late that nothing is late."""
    case = dossier.case
    at_home = {"", cost_unit_of(case, "").code, case.handling_unit.code}
    day = given.get("pay_by")
    return (
        beyond_own(dossier, actor, given)
        or given.get("cost_unit", "") not in at_home
        or (day is not None and day > usual_day(case, dossier.at))
    )


def beyond_own(dossier: Dossier, actor: User, given: Given) -> bool:
    amount = given.get("amount")
    return amount is not None and amount > 0 and bool(beyond(actor, dossier.case, amount, dossier.redress, dossier.at))


def roles_for(dossier: Dossier, asked: Given) -> list[str]:
    return tiers(dossier.case, promised_in_all(dossier.redress) + (asked.get("amount") or 0), dossier.at)


def by_tier(dossier: Dossier, *, given: Given) -> Terms:
    return Terms(route=roles_for(dossier, given))


@verb(
    ProposeRedress,
    pgettext("verb", "Propose redress"),
    who=at_a_unit,
    gate=a_price,
    second_person=of_more_than_ones_own,
    terms=by_tier,
)
def propose_redress(
    act: Act,
    *,
    kind: str,
    reason: str,
    amount: Decimal | None = None,
    demanded: Decimal | None = None,
    cost_unit: str = "",
    agreement: str = "",
    pay_by: date | None = None,
) -> None:
    """申请减免补偿: within one's own limit it is promised at once; above it, once somebody whose limit reaches so far
    has granted it. Whoever proposed it does not pay it.

    amount     in yuan; of points or a gift what they are worth
    cost_unit  default: the unit complained of; another one than that and the handling unit needs a second person
    pay_by     default: after `REDRESS_PAY_DAYS` working days; a later day needs a second person
    """
    act.says("reason", reason)
    act.says("agreement", agreement)
    act.move()
    promise(act, kind, amount, demanded=demanded, cost_unit=cost_unit, agreement=agreement, pay_by=pay_by)


def promise(
    act: Act,
    kind: str,
    amount: Decimal | None,
    *,
    demanded: Decimal | None = None,
    cost_unit: str = "",
    agreement: str = "",
    pay_by: date | None = None,
) -> None:
    """Keep what the customer is promised, with the day until which it is owed."""
    granted = granted_now(act)
    by = granted.asked_by if granted else act.actor
    row = Redress(
        case=act.case,
        round=act.round,
        legal_entity=act.case.legal_entity,
        kind=kind,
        amount=amount,
        demanded=demanded,
        cost_unit=cost_unit_of(act.case, cost_unit),
        agreement=act.readable(agreement),
        pay_by=pay_by or usual_day(act.case, act.at),
        own_limit=limit_of(by, act.case, act.at).amount,
        approval=granted,
        by=by,
        at=act.at,
        event_sequence=act.sequence,
    )
    act.notes(redress_kind=kind, yuan=amount)
    act.keeps(row)
    act.clocks.owe("payment", row.subject, until=row.pay_by, at=act.at)


def granted_now(act: Act) -> Approval | None:
    """The grant by which this act runs; None: whoever acts may do it alone."""
    used = {row.approval_id for row in act.dossier.redress}
    rows = (row for row in act.dossier.all_approvals if row.verb == act.name and row.pk not in used)
    return next((row for row in rows if row.decided_by_id == act.actor.pk and row.decided_at == act.at), None)


class OfRedress(Form):
    """About one thing that was promised: `redress` is the sequence of its event; 0: the only one that is owed."""

    redress = StrictInteger(label=gettext_lazy("Redress"), min_value=0, default=0)

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {"redress": [(row.event_sequence, in_words(row)) for row in owed(dossier)]}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        rows = owed(dossier)
        return {**super().example(dossier), "redress": rows[-1].event_sequence if rows else 0}


def in_words(row: Redress) -> str:
    return f"{label(KINDS, row.kind)} {money(row.amount)}".strip()


def owed(dossier: Dossier) -> list[Redress]:
    return [row for row in dossier.redress if row.is_owed]


def meant(dossier: Dossier, given: Given) -> list[Redress]:
    return [row for row in owed(dossier) if given.get("redress", 0) in {0, row.event_sequence}]


def if_owed(name: str) -> Any:
    return lambda dossier, *, at: None if owed(dossier) else out_of_turn(dossier, name)


def one_of_them(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if len(meant(dossier, given)) != 1:
        yield Missing(_("Say which redress it is about: choose one of those that are owed."), "redress")


class PayRedress(OfRedress):
    evidence = line(gettext_lazy("Number of the voucher"))
    happened_at = Moment(gettext_lazy("Paid at"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "evidence": "PAY-00001"}


def not_who_promised(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """不相容岗位分离: who gives it away does not pay it out."""
    rows = meant(dossier, given)
    return SecondPerson() if rows and all(row.by_id == actor.pk for row in rows) else None


def since_promised(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from one_of_them(dossier, actor=actor, at=at, given=given)
    happened_at = given.get("happened_at")
    if happened_at and any(before(happened_at, row.at) for row in meant(dossier, given)):
        yield Missing(_("It was promised later than that: correct the time."), "happened_at")


@verb(
    PayRedress,
    pgettext("verb", "Record payment of redress"),
    when=if_owed("pay_redress"),
    who=not_who_promised,
    gate=since_promised,
)
def pay_redress(act: Act, *, evidence: str, redress: int = 0, happened_at: datetime | None = None) -> None:
    """支付补偿: the customer has all of it, from another person than the one who promised it; a voucher shows it.

    happened_at  entered late, the promise was kept in time once a second person has seen the voucher
    """
    (row,) = meant(act.dossier, act.given)
    act.says("evidence", evidence)
    act.notes(promised=row.event_sequence)
    act.move()
    row.paid_at, row.paid_by, row.paid_sequence = max(act.happened_at, row.at), act.actor, act.sequence
    row.voucher = act.readable(evidence)
    act.keeps(row)
    in_time = credited(act, "payment", subject=row.subject)
    act.clocks.stop_about(row.subject, "payment", at=row.paid_at if in_time else act.at)


class TakeBackRedress(OfRedress):
    reason = prose(gettext_lazy("Reason"))


@verb(
    TakeBackRedress,
    pgettext("verb", "Take back redress"),
    when=if_owed("take_back_redress"),
    gate=one_of_them,
    second_person=always,
)
def take_back_redress(act: Act, *, reason: str, redress: int = 0) -> None:
    """撤销补偿: what was promised is owed no more: the customer declined it, or it was a mistake. By two people."""
    (row,) = meant(act.dossier, act.given)
    act.says("reason", reason)
    act.notes(promised=row.event_sequence)
    act.move()
    row.taken_back_at = act.at
    act.keeps(row)
    act.clocks.stop_about(row.subject, "payment", at=act.at)
