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
from complaints.errors import SecondPerson
from complaints.fields import Form, PersonName, UnitCode, optional, prose
from complaints.models import Task
from complaints.services import asking
from complaints.services.routing import home_of, named, stand_in, unit_named
from complaints.verb import NOTE, Given, out_of_turn, verb
from complaints.verbs.approving import asker
from complaints.verbs.handling import day_between
from organization.models import Unit, User
from organization.rights import barred, rights_of
from organization.services import is_at_work, is_present
from sqm_site.errors import DomainError
from sqm_site.fields import StrictDate, StrictInteger

ASKING = ("task", "task_chased", "task_overdue")  # the notices that ask for an answer
MOST_OPEN = 10  # tasks of one case that wait for an answer
LONGEST = timedelta(days=60)


class AddTask(Form):
    either = frozenset({"unit", "to"})
    unit = UnitCode(label=gettext_lazy("Unit asked"))
    to = PersonName(label=gettext_lazy("Colleague asked"))
    ask = prose(gettext_lazy("What is asked"))
    until = StrictDate(label=gettext_lazy("Answer by"), required=False)

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "unit": dossier.case.legal_entity.units.get(parent=None).code}


def there_is_such_a_one(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Raises Invalid for a unit that is none of the legal entity."""
    if given.get("unit"):
        unit_named(dossier.case, given["unit"])
    return None


def somebody_else(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Not oneself, nor who has the case: whoever asks waits for another one's answer."""
    if not given.get("unit") and not given.get("to"):
        yield Missing(_("Say which unit, or which colleague, is asked."), "unit")
    elif given.get("to"):
        yield from who_can_answer(dossier, given["to"], actor=actor, at=at)
    if len([task for task in dossier.tasks if task.is_open]) >= MOST_OPEN:
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
)
def add_task(act: Act, *, ask: str, unit: str = "", to: str = "", until: date | None = None) -> None:
    """协办: a unit or a colleague is asked for something, within the days of the policy (default 2 working days).

    unit, to  its code, the user name; both: this colleague for that unit
    until     an earlier last day; a later one needs a second person
    """
    act.says("ask", ask)
    act.move()
    person = named(act.case, to) if to else None
    place = unit_named(act.case, unit) if unit else home_of(person) if person else act.case.handling_unit
    put(act, place, person, until=until)


def put(act: Act, unit: Unit, person: User | None, *, until: date | None, follows: int | None = None) -> Task:
    """Ask, and tell whoever answers for it. person: by name; None: the post of the unit"""
    case, by = act.case, asker(act)
    number = len(act.dossier.tasks) + 1
    plan = asking.planned(case, subject=f"task:{number}", at=act.at, until=until)
    to = person or asking.post_of_unit(case, unit, act.at, but_not={by.pk, case.owner_id or 0})
    task = Task(
        case=case,
        round=act.round,
        legal_entity=case.legal_entity,
        number=number,
        unit=unit,
        to=to,
        by_name=person is not None,
        follows=follows,
        by=by,
        at=act.at,
        due_at=plan.due_at if plan else act.at,
        event_sequence=act.sequence,
    )
    act.notes(task=number, unit=unit.pk, to=to.pk, until=task.due_at)
    act.keeps(task)
    act.clocks.put_task(plan)
    act.tell(to, "task", task=number, due_at=task.due_at.isoformat())
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


class ReturnTask(OfTask):
    reason = prose(gettext_lazy("What the answer lacks"))
    until = StrictDate(label=gettext_lazy("Answer by"), required=False)

    @classmethod
    def among(cls, dossier: Dossier) -> list[Task]:
        return [task for task in dossier.tasks if task.answered_by_id is not None and task.returned_at is None]


def answer_that_does_not_do(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from one_of_them(ReturnTask)(dossier, actor=actor, at=at, given=given)
    yield from day_between(given.get("until"), at, timezone.localdate(at) + LONGEST)


def not_who_answered(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    rows = meant(ReturnTask, dossier, given)
    return SecondPerson() if rows and all(row.answered_by_id == actor.pk for row in rows) else None


@verb(
    ReturnTask,
    pgettext("verb", "Return answer of task"),
    when=if_any(ReturnTask, "return_task"),
    who=not_who_answered,
    gate=answer_that_does_not_do,
    second_person=later_than_usual,
    of_group=True,
)
def return_task(act: Act, *, reason: str, task: int = 0, until: date | None = None) -> None:
    """协办退回: the answer does not do. Who gave it is asked again by a task that follows, with its own deadline."""
    (row,) = meant(ReturnTask, act.dossier, act.given)
    act.says("ask", reason)
    act.move()
    row.returned_at = act.at
    act.keeps(row)
    put(act, row.unit, once_more(act, row.answered_by), until=until, follows=row.number)


def once_more(act: Act, person: User | None) -> User | None:
    """Who gave the answer, where they can be asked again; else the post of their unit is."""
    if person is None or not is_at_work(person, act.at) or barred(act.case, person):
        return None
    return None if person.pk in {act.case.owner_id, asker(act).pk} else person


class ChaseTask(OfTask):
    text = optional(prose, gettext_lazy("What is urgent about it"))


@verb(
    ChaseTask,
    pgettext("verb", "Chase task"),
    when=if_any(ChaseTask, "chase_task"),
    gate=one_of_them(ChaseTask),
    shown_as=NOTE,
    leaves_etag=True,
    of_group=True,
)
def chase_task(act: Act, *, task: int = 0, text: str = "") -> None:
    """协办催办: who was asked hears of it; once it is overdue the head of their unit, too."""
    (row,) = meant(ChaseTask, act.dossier, act.given)
    act.says("note", text)
    person = asking.hears(row, act.case, act.at)
    act.notes(task=row.number, to=person.pk)
    act.move()
    about = {"task": row.number, "due_at": row.due_at.isoformat()}
    act.tell(person, "task_chased", **about)
    if act.at > row.due_at:
        act.tell(asking.head_above(row, act.case, act.at, but_not={person.pk}), "task_overdue", **about)


class WithdrawTask(OfTask):
    reason = prose(gettext_lazy("Reason"))


@verb(
    WithdrawTask,
    pgettext("verb", "Withdraw task"),
    when=if_any(WithdrawTask, "withdraw_task"),
    gate=one_of_them(WithdrawTask),
    of_group=True,
)
def withdraw_task(act: Act, *, reason: str, task: int = 0) -> None:
    """协办撤销: nobody need answer any more. What was late by then stays late."""
    (row,) = meant(WithdrawTask, act.dossier, act.given)
    act.says("reason", reason)
    act.notes(task=row.number)
    act.move()
    act.keeps(asking.end(row, Task.End.WITHDRAWN, clocks=act.clocks, at=act.at))
    heard(act, row)
    act.tell(row.answers_for, "task_withdrawn", task=row.number)
