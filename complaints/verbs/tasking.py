"""协办: another unit or a colleague is asked to contribute, answers by a deadline of its own, and is asked again where
the answer does not do. Whoever is asked need not read the case, and no deadline of the case moves by it.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, PartnerCode, PersonName, UnitCode, prose
from complaints.models import Nature, Task
from complaints.services import asking
from complaints.services.partners import choices_for, partner_named
from complaints.services.routing import home_of, named, stand_in, unit_named
from complaints.verb import Given, out_of_turn, verb
from complaints.verbs.approving import asker
from complaints.verbs.handling import day_between
from organization.models import Membership, Role, Unit, User
from organization.rights import barred, rights_of
from organization.services import is_present
from sqm_site.errors import DomainError
from sqm_site.fields import StrictDate, StrictInteger

ASKING = ("task", "order", "countersign", "task_chased", "task_overdue")  # the notices that ask for an answer
MOST_OPEN = 10  # tasks of one case that wait for an answer
LONGEST = timedelta(days=60)


class AddTask(Form):
    either = frozenset({"unit", "to", "partner"})
    unit = UnitCode(label=gettext_lazy("Unit asked"))
    to = PersonName(label=gettext_lazy("Colleague asked"))
    partner = PartnerCode(label=gettext_lazy("Partner institution asked"))
    ask = prose(gettext_lazy("What is asked"))
    until = StrictDate(label=gettext_lazy("Answer by"), required=False)

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {**choices_for(dossier.case)}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        case, whom = dossier.case, {"unit": dossier.case.legal_entity.units.get(parent=None).code}
        if case.nature == Nature.TIP_OFF:
            hearing = Membership.objects.in_force().filter(role=Role.DISCIPLINE, legal_entity=case.legal_entity_id)
            others = hearing.exclude(user=case.owner_id).exclude(user=dossier.reader)
            whom = {"to": others.values_list("user__username", flat=True).first() or ""}
        return {**super().example(dossier), **whom}


def there_is_such_a_one(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Raises Invalid for a unit, or a partner institution, that is none of the legal entity."""
    if given.get("unit"):
        unit_named(dossier.case, given["unit"])
    if given.get("partner"):
        partner_named(dossier.case, given["partner"])
    return None


def somebody_else(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Not oneself, nor who has the case: whoever asks waits for another one's answer."""
    if dossier.case.nature == Nature.TIP_OFF and not given.get("to"):
        yield Missing(_("Of a tip-off no unit hears: name a colleague who does."), "to")
    elif not any(given.get(name) for name in AddTask.either):
        yield Missing(_("Say which unit, colleague or partner institution is asked."), "unit")
    elif given.get("partner") and (given.get("unit") or given.get("to")):
        said = _("A partner institution is asked through the unit that keeps the relation: name it alone.")
        yield Missing(said, "unit")
    elif given.get("to"):
        yield from who_can_answer(dossier, given["to"], actor=actor, at=at)
    if len([task for task in dossier.tasks if task.is_open and task.is_help]) >= MOST_OPEN:
        said = _("{count} tasks of the case wait for an answer: chase or withdraw one of them first.")
        yield Missing(said.format(count=MOST_OPEN))
    yield from day_between(given.get("until"), at, timezone.localdate(at) + LONGEST)


def who_can_answer(dossier: Dossier, username: str, *, actor: User, at: datetime) -> Iterator[Missing]:
    case, person = dossier.case, named(dossier.case, username)
    if person is None or not person.is_active:
        yield Missing(_("There is no active person with this user name."), "to")
    elif person.pk in {actor.pk, case.owner_id}:
        yield Missing(_("Ask somebody else than yourself and the owner of the case."), "to")
    elif barred(case, person):
        yield Missing(_("The complaint concerns this person: choose somebody else (recusal)."), "to")
    elif not rights_of(person).allows("answer_task", case):
        yield Missing(_("This person has no role that answers tasks: choose somebody else, or a unit."), "to")
    elif not is_present(person, at):
        instead = stand_in(case, person, at)
        said = _("{person} is absent: ask {instead}, or the unit.")
        named_so = f"{instead} ({instead.username})" if instead else _("somebody else")
        yield Missing(said.format(person=person, instead=named_so), "to")


def later_than_usual(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """So late that no answer is late: a second person sees it."""
    day = given.get("until")
    return day is not None and day > asking.usual_day(dossier.case, dossier.at)


@verb(
    AddTask,
    pgettext("verb", "Ask for help"),
    who=there_is_such_a_one,
    gate=somebody_else,
    second_person=later_than_usual,
    of_group=True,
    in_bulk=True,
)
def add_task(act: Act, *, ask: str, unit: str = "", to: str = "", partner: str = "", until: date | None = None) -> None:
    """协办: a unit or a colleague is asked for something, within the days of the policy (default 2 working days).

    unit, to  its code, the user name; both: this colleague for that unit
    partner   合作机构 (Art. 10): the unit that keeps the relation asks it, and answers for it
    until     an earlier last day; a later one needs a second person
    """
    act.says("ask", ask)
    act.move()
    person = named(act.case, to) if to else None
    asked = partner_named(act.case, partner) if partner else None
    if asked is not None:
        place = asked.unit
    else:
        place = unit_named(act.case, unit) if unit else home_of(person) if person else act.case.handling_unit
    put(act, place, person, until=until, partner=asked)


def put(act: Act, unit: Unit, person: User | None, *, until: date | None, **more: Any) -> Task:
    """Ask, and tell whoever answers for it.

    person  by name; None: the post of the unit
    more    columns: `follows`; the number of an order, `paper`; the `partner` that is asked; `countersigns`; `by` and
            `event_sequence`, where somebody asked before
    """
    case, number = act.case, len(act.dossier.tasks) + 1
    facts: dict[str, Any] = {"by": asker(act), "event_sequence": act.sequence} | more
    plan = asking.planned(case, subject=f"task:{number}", at=act.at, until=until)
    to = person or asking.post_of_unit(case, unit, act.at, but_not={facts["by"].pk, case.owner_id or 0})
    task = Task(
        case=case,
        round=act.round,
        legal_entity=case.legal_entity,
        number=number,
        unit=unit,
        to=to,
        at=act.at,
        due_at=plan.due_at if plan else act.at,
        **facts,
    )
    task.by_name = person is not None or not task.is_help  # else whoever leads the unit answers
    act.dossier.tasks.append(task)
    act.notes(task=number, unit=unit.pk, to=to.pk, until=task.due_at)
    act.keeps(task)
    act.clocks.put_task(plan)
    about = {"task": number, "due_at": task.due_at.isoformat()}
    if task.is_order:
        act.tell(to, "order", number=task.paper, **about)
    else:
        act.tell(to, "task" if task.is_help else "countersign", **about)
    return task


def heard(act: Act, task: Task) -> None:
    """Nobody need read any more that this was asked."""
    act.writing.over |= Q(kind__in=ASKING, context__task=task.number)


def unanswered(dossier: Dossier) -> Iterator[str]:
    """What whoever decides should know: who was asked and has not answered."""
    for task in dossier.tasks:
        if task.is_open:
            yield _("Task {number} is not answered yet: {unit} was asked until {day}.").format(
                number=task.number, unit=task.unit, day=timezone.localdate(task.due_at)
            )


class OfTask(Form):
    """About one task: `task` is its number; 0: the only one there is."""

    task = StrictInteger(label=gettext_lazy("Task"), min_value=0, default=0)

    @classmethod
    def among(cls, dossier: Dossier) -> list[Task]:
        """Those that it may be about."""
        return [task for task in dossier.tasks if task.is_open]

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        return {"task": [(task.number, in_words(task)) for task in cls.among(dossier)]}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        found = cls.among(dossier)
        return {**super().example(dossier), "task": found[-1].number if found else 0}


def in_words(task: Task) -> str:
    return f"{task.number} · {task.unit} · {task.answers_for}"


def meant(form: type[OfTask], dossier: Dossier, given: Given) -> list[Task]:
    return [task for task in form.among(dossier) if given.get("task", 0) in {0, task.number}]


def if_any(form: type[OfTask], name: str) -> Any:
    return lambda dossier, *, at: None if form.among(dossier) else out_of_turn(dossier, name)


def one_of_them(form: type[OfTask]) -> Any:
    def gate(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
        if len(meant(form, dossier, given)) != 1:
            yield Missing(_("Say which task it is about: choose one of those there are."), "task")

    return gate
