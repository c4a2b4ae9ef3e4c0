"""责任认定: who answers for what went wrong, ruled from above, with an appeal to somebody else."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import NotAllowed, OfTheUnit, SecondPerson
from complaints.fields import CodeField, Form, UnitCode, prose
from complaints.models import Case, Liability, LiabilityShare, Nature
from complaints.models.liability import LIABLE
from complaints.models.task import LEADING
from complaints.services import asking
from complaints.services.routing import unit_named
from complaints.services.telling import level_up
from complaints.verb import Given, label_of, took_part, verb
from organization.models import Role, Unit, User
from organization.rights import rights_of
from sla import services as sla
from sqm_site.errors import DomainError
from sqm_site.fields import StrictInteger

RULE = "rule_liability"
APPEAL = "appeal_liability"
HANDLING = (Role.HANDLER, Role.TEAM_LEAD, Role.CONSUMER_PROTECTION, Role.DISCIPLINE)
RULING = (Role.SUPERVISOR, Role.UNIT_HEAD, Role.CONSUMER_PROTECTION, Role.DISCIPLINE)
# Of each unit that answers for it, the field of its code and that of its share.
PARTS = (("responsible_unit", "percent"), ("second_unit", "second_percent"), ("third_unit", "third_percent"))


def share(label: Any) -> StrictInteger:
    return StrictInteger(label=label, min_value=1, max_value=100, required=False)


class RuleLiability(Form):
    result = CodeField("liability", label=gettext_lazy("Liability"))
    responsible_unit = UnitCode(label=gettext_lazy("Responsible unit"))
    percent = share(gettext_lazy("Share (%)"))
    second_unit = UnitCode(label=gettext_lazy("Second responsible unit"))
    second_percent = share(gettext_lazy("Its share (%)"))
    third_unit = UnitCode(label=gettext_lazy("Third responsible unit"))
    third_percent = share(gettext_lazy("Share of the third (%)"))
    measure = CodeField("accountability", label=gettext_lazy("Measure"), required=False, default="", allow_blank=True)
    basis = prose(gettext_lazy("Basis"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "result": "NOT_LIABLE"}


def unit_complained_of(case: Case) -> Unit:
    return case.complained_unit or case.handling_unit


def from_above(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Nobody who had a part in the case, nor of the unit it is about, nor who ruled what was appealed."""
    if took_part(dossier, actor) or any(row.by_id == actor.pk for row in rulings(dossier)):
        return SecondPerson()
    unit = unit_complained_of(dossier.case)
    granting = [one.unit for one in rights_of(actor).memberships if one.role in RULING and one.unit]
    return OfTheUnit() if unit.parent_id and all(one.path.startswith(unit.path) for one in granting) else None


def rulings(dossier: Dossier) -> list[Liability]:
    """Those on this round, oldest first."""
    return [row for row in dossier.liabilities if row.round_id == dossier.round.pk]


def standing(dossier: Dossier) -> Liability | None:
    """The ruling that holds; None: there is none, or it was appealed."""
    return next((row for row in rulings(dossier) if row.appealed_at is None), None)


def ruled_once(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if dossier.case.nature != Nature.COMPLAINT or dossier.round.notified_at is None:
        yield Missing(_("The customer was not told a decision on a complaint: there is nothing to rule on."))
    elif standing(dossier) is not None:
        yield Missing(_("It was ruled on: only an appeal opens it again."))
    yield from of_a_hundred(given)


def of_a_hundred(given: Given) -> Iterator[Missing]:
    """Units answer for 100 percent together where we were at fault, and for nothing where we were not."""
    units, measure = parts(given), given.get("measure")
    if any(given.get(percent) and not given.get(unit) for unit, percent in PARTS):
        yield Missing(_("Name the unit of each share."), "responsible_unit")
    elif given.get("result") == LIABLE:
        yield from shared_out([given[unit] for unit, _part in units], [part for _unit, part in units])
    elif units or measure:
        field = "responsible_unit" if units else "measure"
        yield Missing(_("Nobody was at fault: name no unit and no measure."), field)


def shared_out(codes: list[str], percents: list[int]) -> Iterator[Missing]:
    if not codes:
        yield Missing(_("Name the unit that answers for it."), "responsible_unit")
    elif len({*codes}) < len(codes) or sum(percents) != 100:
        yield Missing(_("Name each unit once; their shares are 100 % together."), "percent")


def parts(given: Given) -> list[tuple[str, int]]:
    """The field of each unit that is named, and its share; the only one answers for all. Unit: percent."""
    named = [(unit, given.get(percent)) for unit, percent in PARTS if given.get(unit)]
    return [(unit, part or (100 if len(named) == 1 else 0)) for unit, part in named]


@verb(RuleLiability, pgettext("verb", "Rule on liability"), who=from_above, gate=ruled_once)
def rule_liability(act: Act, *, result: str, basis: str, measure: str = "", **given: Any) -> None:
    """责任认定: after the customer was told, from above the unit it is about. The decision stays as it is.

    responsible_unit, percent, ...  who answers for it, at most three, 100 % together; the first is the responsible unit
    measure             what follows for them
    """
    case = act.case
    act.says("basis", basis)
    act.notes(liability=result, measure=measure)
    units = [(unit_named(case, given[unit], field=unit), part) for unit, part in parts(given)]
    row = Liability(
        case=case,
        round=act.round,
        result=result,
        measure=measure,
        by=act.actor,
        at=act.at,
        event_sequence=act.sequence,
        appeal_until=last_day(act),
    )
    act.move(responsible_unit=units[0][0] if units else None)
    act.keeps(row)
    for unit, part in units:
        act.keeps(LiabilityShare(case=case, liability=row, legal_entity=case.legal_entity, unit=unit, percent=part))
    act.tell(case.owner, "liability_ruled")
    heads = {asking.head_above(unit, case, act.at, but_not={act.actor.pk}) for unit, _part in units}
    for head in heads - {None, case.owner}:
        act.tell(head, "liability_ruled")


def last_day(act: Act) -> date:
    days, entity = settings.APPEAL_WORKING_DAYS, act.case.legal_entity_id
    return timezone.localdate(sla.working_days_after(act.at, days, entity=entity))


class AppealLiability(Form):
    reason = prose(gettext_lazy("Reason"))


def whose_it_is(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Whoever handles the case, or leads one of the units that answer for it; never who ruled."""
    row = standing(dossier)
    if row is None:
        return None
    if row.by_id == actor.pk:
        return SecondPerson()
    return None if handles(dossier.case, actor) or answers_for(row, actor) else NotAllowed(verb=label_of(APPEAL))


def handles(case: Case, person: User) -> bool:
    rights = rights_of(person)
    return rights.allows_as(HANDLING, APPEAL, case) or rights.allows_as(LEADING, "view", case)


def answers_for(row: Liability, person: User) -> bool:
    """Whether somebody leads a unit that the ruling holds to answer."""
    return any(rights_of(person).leads(share.unit, LEADING) for share in row.shares.select_related("unit"))


def in_time(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    row = standing(dossier)
    if row is None:
        yield Missing(_("No ruling on liability stands that could be appealed."))
    elif timezone.localdate(at) > row.appeal_until:
        yield Missing(_("The time for an appeal ended on {day}.").format(day=row.appeal_until))
    elif len(rulings(dossier)) > 1:
        yield Missing(_("It was appealed once: the second ruling stands."))


@verb(AppealLiability, pgettext("verb", "Appeal liability"), who=whose_it_is, gate=in_time, by_asked=True)
def appeal_liability(act: Act, *, reason: str) -> None:
    """责任申诉: the unit objects, once and in time, and somebody else rules again. Until then it stays responsible."""
    row = standing(act.dossier)
    assert row is not None
    act.says("reason", reason)
    act.notes(ruled=row.event_sequence)
    act.move()
    row.appealed_at, row.appealed_by = act.at, act.actor
    act.keeps(row)
    but_not = {row.by_id, act.actor.pk}
    act.tell(level_up(act.case, RULING, at=act.at, verb=RULE, but_not=but_not), "liability_appealed")
