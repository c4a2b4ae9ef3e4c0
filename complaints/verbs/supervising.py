"""督办: those above order an answer in writing, on paper with a number. The owner neither gives nor ends it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import SecondPerson
from complaints.fields import Form, UnitCode, prose
from complaints.letters import LETTERS
from complaints.letters.kinds import day_of
from complaints.models import Letter
from complaints.services import asking
from complaints.services.routing import home_of, unit_named
from complaints.verb import Given, verb
from complaints.verbs.handling import day_between
from complaints.verbs.lettering import issue
from complaints.verbs.tasking import LONGEST, put, there_is_such_a_one
from organization.models import User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictDate

USUAL = timedelta(days=3)  # of an example
MOST_OPEN = 3  # orders of one case that wait for an answer


class Supervise(Form):
    ask = prose(gettext_lazy("What is ordered"))
    until = StrictDate(label=gettext_lazy("Answer by"))
    unit = UnitCode(label=gettext_lazy("Unit that answers, if not the handling unit"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "until": timezone.localdate(dossier.at) + USUAL}


def not_the_owner(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    if actor.pk == dossier.case.owner_id:
        return SecondPerson()
    return there_is_such_a_one(dossier, actor=actor, given=given)


def can_be_ordered(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if len([task for task in dossier.tasks if task.is_open and task.is_order]) >= MOST_OPEN:
        said = _("{count} orders wait for an answer: chase or withdraw one of them first.")
        yield Missing(said.format(count=MOST_OPEN))
    yield from day_between(given.get("until"), at, timezone.localdate(at) + LONGEST)


@verb(Supervise, pgettext("verb", "Supervise"), who=not_the_owner, gate=can_be_ordered, of_group=True, in_bulk=True)
def supervise(act: Act, *, ask: str, until: date, unit: str = "") -> None:
    """督办: the head of the handling unit, or of another one, answers in writing until the day that is named.

    The order has a number (文号) of the unit of whoever gives it, and a paper; the case is not filed before it is
    answered. Who has the case hears of it.
    """
    case = act.case
    place = unit_named(case, unit) if unit else case.handling_unit
    words = LETTERS["supervision"].draft(act.dossier, asked=place, ask=ask, until=day_of(until), by=act.actor)
    act.says("ask", ask)
    paper = issue(act, Letter.Kind.SUPERVISION, words, unit=home_of(act.actor))
    act.move()
    head = asking.head_above(place, case, act.at, but_not={act.actor.pk, case.owner_id or 0})
    task = put(act, place, head, until=until, paper=paper)
    if case.owner_id != task.to_id:
        act.tell(case.owner, "order", task=task.number, due_at=task.due_at.isoformat(), number=paper)
