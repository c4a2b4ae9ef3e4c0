"""协办、督办: what the side that asked does then: return an answer that does not do, chase, or withdraw the task."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import OrderedFromAbove, SecondPerson
from complaints.fields import optional, prose
from complaints.models import Task
from complaints.services import asking
from complaints.verb import NOTE, Given, verb
from complaints.verbs.approving import asker
from complaints.verbs.countersigning import go_on
from complaints.verbs.handling import day_between
from complaints.verbs.tasking import LONGEST, OfTask, heard, if_any, later_than_usual, meant, one_of_them, put
from organization.models import User
from organization.rights import barred
from organization.services import is_at_work
from sqm_site.errors import DomainError
from sqm_site.fields import StrictDate


def governed(dossier: Dossier, tasks: list[Task]) -> list[Task]:
    """Those that the reader of a form may return or withdraw; where no reader is known, all."""
    return [task for task in tasks if dossier.reader is None or asking.governs(task, dossier.reader)]


def whoever_governs(form: type[OfTask]) -> Any:
    def closed(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
        rows = meant(form, dossier, given)
        return OrderedFromAbove() if rows and not any(asking.governs(row, actor) for row in rows) else None

    return closed


class ReturnTask(OfTask):
    reason = prose(gettext_lazy("What the answer lacks"))
    until = StrictDate(label=gettext_lazy("Answer by"), required=False)

    @classmethod
    def among(cls, dossier: Dossier) -> list[Task]:
        rows = [task for task in dossier.tasks if task.answered_by_id is not None and task.countersigns is None]
        return governed(dossier, [task for task in rows if task.returned_at is None])


def answer_that_does_not_do(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from one_of_them(ReturnTask)(dossier, actor=actor, at=at, given=given)
    yield from day_between(given.get("until"), at, timezone.localdate(at) + LONGEST)


def not_who_answered(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    rows = meant(ReturnTask, dossier, given)
    if rows and all(row.answered_by_id == actor.pk for row in rows):
        return SecondPerson()
    return whoever_governs(ReturnTask)(dossier, actor=actor, given=given)


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
    person = once_more(act, row.answered_by)
    put(act, row.unit, person, until=until, follows=row.number, paper=row.paper, partner=row.partner)


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
        act.tell(asking.head_above(row.unit, act.case, act.at, but_not={person.pk}), "task_overdue", **about)


class WithdrawTask(OfTask):
    reason = prose(gettext_lazy("Reason"))

    @classmethod
    def among(cls, dossier: Dossier) -> list[Task]:
        return governed(dossier, super().among(dossier))


@verb(
    WithdrawTask,
    pgettext("verb", "Withdraw task"),
    when=if_any(WithdrawTask, "withdraw_task"),
    who=whoever_governs(WithdrawTask),
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
    go_on(act)
