"""会签: units give their opinion on a drafted decision, together or turn by turn, before it is approved."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, UnitCode, prose
from complaints.models import Countersignature, Nature, Task
from complaints.services import asking
from complaints.services.countersigning import next_turn, open_ones, steps_by_rule
from complaints.services.routing import unit_named
from complaints.verb import Given, verb
from complaints.verbs.helping import one_put_to_them, put_to, theirs, whoever_is_asked
from complaints.verbs.tasking import OfTask, heard, if_any, put, there_is_such_a_one
from organization.models import User
from sqm_site.fields import StrictBoolean

MOST = 8  # units that countersign one draft


class Countersign(Form):
    unit = UnitCode(label=gettext_lazy("Unit that countersigns"), required=True, allow_blank=False)
    ask = prose(gettext_lazy("What it is to look at"))
    afterwards = StrictBoolean(label=gettext_lazy("Once those asked before have answered"), default=False)

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        asked = {step.unit_id for step in dossier.countersignatures}
        free = dossier.case.legal_entity.units.exclude(pk__in=asked).order_by("path").first()
        return {**super().example(dossier), "unit": free.code if free else "", "afterwards": False}


def not_asked_yet(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if dossier.case.nature == Nature.TIP_OFF:
        yield Missing(_("Of a tip-off no unit hears: it is not countersigned."))
    if dossier.draft is None:
        yield Missing(_("There is no drafted decision."))
    if len(dossier.countersignatures) >= MOST:
        yield Missing(_("{count} units countersign the draft: no more can.").format(count=MOST))
    if given.get("unit") in {step.unit.code for step in dossier.countersignatures}:
        yield Missing(_("This unit countersigns the draft already."), "unit")


@verb(
    Countersign, pgettext("verb", "Have it countersigned"), who=there_is_such_a_one, gate=not_asked_yet, of_group=True
)
def countersign(act: Act, *, unit: str, ask: str, afterwards: bool = False) -> None:
    """会签: beside those whom the rules name, another unit is asked for its opinion on the draft."""
    place = unit_named(act.case, unit)
    act.says("ask", ask)
    act.notes(unit=place.pk)
    act.move()
    draft, steps = act.dossier.draft, act.dossier.countersignatures
    assert draft is not None
    last = max((step.turn for step in steps), default=0)
    step = Countersignature(
        case=act.case,
        legal_entity=act.case.legal_entity,
        draft=draft.event_sequence,
        unit=place,
        turn=last + 1 if afterwards or not last else last,
        by=act.actor,
        event_sequence=act.sequence,
    )
    wanted(act, [step])


def begin(act: Act) -> None:
    """The draft of this act goes to the units that the rules want to hear."""
    steps = steps_by_rule(act.dossier, at=act.at, draft=act.sequence)
    for step in steps:
        step.by = act.actor
    wanted(act, steps)


def wanted(act: Act, steps: list[Countersignature]) -> None:
    for step in steps:
        act.keeps(step)
    act.dossier.countersignatures.extend(steps)
    go_on(act)


def go_on(act: Act) -> None:
    """Ask those whose turn it is: who leads the unit, as who answers an order does."""
    for step in next_turn(act.dossier):
        but_not = {step.by_id, act.case.owner_id or 0}
        head = asking.head_above(step.unit, act.case, act.at, but_not=but_not)
        more = {"by": step.by, "event_sequence": step.event_sequence, "countersigns": step.draft}
        put(act, step.unit, head, until=None, **more)


def drop(act: Act) -> None:
    """The draft is none any more, or approved: nobody need give an opinion on it."""
    for task in open_ones(act.dossier):
        act.keeps(asking.end(task, Task.End.WITHDRAWN, clocks=act.clocks, at=act.at))
        heard(act, task)
        act.tell(task.answers_for, "task_withdrawn", task=task.number)


class GiveOpinion(OfTask):
    agrees = StrictBoolean(label=gettext_lazy("We agree to the draft"))
    opinion = prose(gettext_lazy("Opinion, with its grounds"))

    @classmethod
    def among(cls, dossier: Dossier) -> list[Task]:
        return theirs(dossier, open_ones(dossier))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "agrees": True}


@verb(
    GiveOpinion,
    pgettext("verb", "Give opinion"),
    when=if_any(GiveOpinion, "give_opinion"),
    who=whoever_is_asked(GiveOpinion),
    gate=one_put_to_them(GiveOpinion),
    by_asked=True,
    of_group=True,
)
def give_opinion(act: Act, *, agrees: bool, opinion: str, task: int = 0) -> None:
    """会签意见: whoever leads the unit agrees to the draft or objects to it. Who asked, and who has the case, hear of
    it; the next turn is asked. It is no work on the case: nobody is rid of a checker by it.
    """
    (row,) = put_to(GiveOpinion, act.dossier, act.actor, act.given)
    act.says("answer", opinion)
    act.notes(task=row.number, agrees=agrees)
    act.move()
    asking.end(row, Task.End.AGREED if agrees else Task.End.OBJECTED, clocks=act.clocks, at=act.at)
    if row.accepted_by is None:
        row.accepted_by, row.accepted_at = act.actor, act.at
    row.answered_by, row.answer_sequence = act.actor, act.sequence
    act.keeps(row)
    heard(act, row)
    for person in {one.pk: one for one in (act.case.owner, row.by) if one is not None}.values():
        act.tell(person, "task_answered", task=row.number)
    go_on(act)
