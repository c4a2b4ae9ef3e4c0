"""What kind of matter it is, and how much it weighs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, prose
from complaints.models import Case, Level, Nature
from complaints.services.falling import first_owner
from complaints.verb import Given, verb
from feedback import services as feedback
from organization.models import User
from sqm_site.fields import StrictBoolean, StrictChoice

WEIGHT = {level: weight for weight, level in enumerate(Level)}


class SetLevel(Form):
    level = StrictChoice(Level.choices, label=_("Level"))
    urgent = StrictBoolean(label=_("Urgent"), required=False)
    reason = prose(_("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "level": str(Level.MAJOR)}


def if_lowered(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """To make a case weigh less takes away its checks, its calls and its haste: a second person agrees."""
    level, calmed = given.get("level"), dossier.case.urgent and given.get("urgent") is False
    return calmed or (level is not None and WEIGHT[Level(level)] < WEIGHT[Level(dossier.case.level)])


@verb(SetLevel, pgettext("verb", "Set level"), second_person=if_lowered, of_group=True, in_bulk=True)
def set_level(act: Act, *, level: str, reason: str, urgent: bool | None = None) -> None:
    """定级: anyone raises the level, with a reason; a second person lowers it.

    urgent  加急; left out, it stays as it is, and to take it away needs a second person, too
    """
    urgent = act.case.urgent if urgent is None else urgent
    act.says("reason", reason)
    act.notes(was=act.case.level, now=level, urgent=urgent)
    act.move(level=level, urgent=urgent)


class Reclassify(Form):
    nature = StrictChoice(Nature.choices, label=_("Nature"))
    reason = prose(_("Reason"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        complaint = dossier.case.nature == Nature.COMPLAINT
        nature = Nature.ENQUIRY if complaint else Nature.COMPLAINT
        return {**super().example(dossier), "nature": str(nature)}


def out_of_complaint(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """What is no complaint has no deadline of the law and stands in no figure: a second person agrees."""
    nature = given.get("nature", Nature.COMPLAINT)
    return dossier.case.nature == Nature.COMPLAINT and nature != Nature.COMPLAINT


def another_nature(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """A decided complaint that is called one again would lose its decision; a review is about a complaint."""
    if dossier.case.kind == Case.Kind.REVIEW:
        yield Missing(_("A review is about a complaint: change the nature of what is reviewed."))
    if given.get("nature") == dossier.case.nature:
        yield Missing(_("It has this nature already: choose another one."), "nature")


@verb(Reclassify, pgettext("verb", "Change nature"), gate=another_nature, second_person=out_of_complaint)
def reclassify(act: Act, *, nature: str, reason: str) -> None:
    """改类. Into a complaint: at once, with the deadlines it has had since its receipt; decided, it is worked on again.

    Out of one: its deadlines of the law stop as not owed. A tip-off goes to the office of discipline in the same act.
    """
    case, was = act.case, act.case.nature
    act.says("reason", reason)
    act.notes(was=was, now=nature)
    act.move(nature=nature)
    if act.before != case.state:
        feedback.waive(case.reference, reason=act.name, actor=act.actor, at=act.at)
        act.begin_round()
        act.clocks.stop(at=act.at)
    if nature == Nature.TIP_OFF:
        case.owner = case.first_receiver = first_owner(case, at=act.at)
        act.tell(case.owner, "offer")
    if nature == Nature.COMPLAINT:
        act.round.waived_reason = ""  # that it was no complaint
        act.clocks.become_complaint(at=act.at)
    elif was == Nature.COMPLAINT:
        act.clocks.owe_no_more(at=act.at)
