"""协办: whoever is asked signs for it and answers, for themselves or their unit. They need not read the case."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import NotPutToYou, SecondPerson
from complaints.fields import prose
from complaints.models import Task
from complaints.services import asking
from complaints.verb import Given, verb
from complaints.verbs.tasking import OfTask, heard, if_any, meant
from organization.models import User
from sqm_site.errors import DomainError
from sqm_site.fields import StrictChoice

ANSWERS = (Task.End.ANSWERED, Task.End.NOT_OURS)


class AcceptTask(OfTask):
    @classmethod
    def among(cls, dossier: Dossier) -> list[Task]:
        rows = theirs(dossier, [task for task in super().among(dossier) if task.accepted_by_id is None])
        return [*rows]


class AnswerTask(OfTask):
    result = StrictChoice(
        [(end.value, end.label) for end in ANSWERS], label=gettext_lazy("Answer"), required=False, default="answered"
    )
    answer = prose(gettext_lazy("What you found, with its basis"))

    @classmethod
    def among(cls, dossier: Dossier) -> list[Task]:
        return theirs(dossier, [task for task in super().among(dossier) if task.countersigns is None])


def theirs(dossier: Dossier, tasks: list[Task]) -> list[Task]:
    """Those put to the reader of a form; where no reader is known, all."""
    return [task for task in tasks if dossier.reader is None or task.is_put_to(dossier.reader)]


def put_to(form: type[OfTask], dossier: Dossier, actor: User, given: Given) -> list[Task]:
    return [task for task in meant(form, dossier, given) if task.is_put_to(actor)]


def whoever_is_asked(form: type[OfTask]) -> Any:
    """Not who asked, nor who has the case by now: they would answer themselves."""

    def closed(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
        rows = put_to(form, dossier, actor, given)
        if rows and all(actor.pk in {task.by_id, dossier.case.owner_id} for task in rows):
            return SecondPerson()
        return None if rows else NotPutToYou()

    return closed


def one_put_to_them(form: type[OfTask]) -> Any:
    def gate(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
        rows = put_to(form, dossier, actor, given)
        if len(rows) != 1:
            yield Missing(_("Say which task it is about: choose one of those there are."), "task")
        elif rows[0].is_order and given.get("result") == Task.End.NOT_OURS:
            yield Missing(_("An order is answered: say what was done."), "result")

    return gate


@verb(
    AcceptTask,
    pgettext("verb", "Sign for task"),
    when=if_any(AcceptTask, "accept_task"),
    who=whoever_is_asked(AcceptTask),
    gate=one_put_to_them(AcceptTask),
    by_asked=True,
    leaves_etag=True,
    of_group=True,
)
def accept_task(act: Act, *, task: int = 0) -> None:
    """协办签收: somebody of the unit answers for it from now on. Its deadline goes on as it was."""
    (row,) = put_to(AcceptTask, act.dossier, act.actor, act.given)
    act.notes(task=row.number)
    act.move()
    row.accepted_by, row.accepted_at = act.actor, act.at
    act.keeps(row)


@verb(
    AnswerTask,
    pgettext("verb", "Answer task"),
    when=if_any(AnswerTask, "answer_task"),
    who=whoever_is_asked(AnswerTask),
    gate=one_put_to_them(AnswerTask),
    by_asked=True,
    works=True,
    of_group=True,
)
def answer_task(act: Act, *, answer: str, task: int = 0, result: str = Task.End.ANSWERED) -> None:
    """协办答复: what was found. Whoever answers has worked on the case; who asked, and who has the case, hear of it.

    result  `not_ours` (不属本部门职责): nothing of it is theirs; it is an answer, and counts apart
    """
    (row,) = put_to(AnswerTask, act.dossier, act.actor, act.given)
    act.says("answer", answer)
    act.notes(task=row.number, answer=result)
    act.move()
    asking.end(row, result, clocks=act.clocks, at=act.at)
    if row.accepted_by is None:
        row.accepted_by, row.accepted_at = act.actor, act.at
    row.answered_by, row.answer_sequence = act.actor, act.sequence
    act.keeps(row)
    heard(act, row)
    for person in {one.pk: one for one in (act.case.owner, row.by) if one is not None}.values():
        act.tell(person, "task_answered", task=row.number)
