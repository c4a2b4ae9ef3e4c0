"""协办: until when somebody is asked, who that is, and who hears of it when no answer comes."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.dossier import Dossier, Missing
from complaints.models import FINAL, Case, Nature, State, Task
from complaints.services.clocks import CaseClocks
from complaints.services.deadlines import facts_of
from complaints.services.recusal import post_above
from organization.models import Unit, User
from organization.rights import barred, permissions, rights_of
from organization.services import away, complaint_post, is_at_work
from sla import services as sla
from sla.models import ClockKind


def planned(case: Case, *, subject: str, at: datetime, until: date | None = None) -> sla.PlannedClock | None:
    """The deadline of what is asked at a moment: by the policy, or the last day that is named.

    Where no policy has a target for tasks, that of another one counts; None only where nothing was ever set up.
    """
    facts = facts_of(case)
    found = sla.plan_later(ClockKind.TASK, facts, started_at=at, at=at, subject=subject, until=until)
    return found or sla.plan_anyway(ClockKind.TASK, facts, started_at=at, at=at, subject=subject)


def usual_day(case: Case, at: datetime) -> date:
    """The last day of what is asked now, where nobody names one."""
    plan = planned(case, subject="", at=at)
    return timezone.localdate(plan.due_at if plan else at)


def post_of_unit(case: Case, unit: Unit, at: datetime, *, but_not: Collection[int]) -> User:
    """Who answers for what a unit is asked: the holder of its complaint post, whom neither the case concerns nor
    `but_not` holds, by their ids; else that of the unit above.
    """
    return complaint_post(unit, at, barred=lambda person: person.pk in but_not or not may_hear(person, case))


def may_hear(person: User, case: Case) -> bool:
    """Whom the case does not concern, and who hears of its kind: of tip-offs not even that there is one."""
    return not barred(case, person) and (case.nature != Nature.TIP_OFF or rights_of(person).hears_tips)


def hears(task: Task, case: Case, at: datetime) -> User:
    """Who hears that its deadline is near or over: who answers for it, else the post of the unit asked."""
    person = task.answers_for
    return person if is_at_work(person, at) and not barred(case, person) else post_above(case, task.unit, at)


def head_above(unit: Unit, case: Case, at: datetime, *, but_not: Collection[int] = ()) -> User | None:
    """机构负责人 of a unit, else of the nearest above it, who is at work and whom the case does not concern."""
    units = Unit.objects.filter(~away(at, "head"), pk__in=unit.lineage, head__is_active=True)
    heads = (one.head for one in units.select_related("head").order_by("-path"))
    return next((head for head in heads if head and head.pk not in but_not and not barred(case, head)), None)


def hear_when_late(task: Task, case: Case, at: datetime, *, but_not: User) -> list[User]:
    """Who hears that nobody has answered in time, beside who answers for it."""
    head = head_above(task.unit, case, at, but_not={but_not.pk})
    above = [head, task.by if task.is_order and not barred(case, task.by) else None]
    return list(dict.fromkeys(one for one in above if one is not None and one != but_not))


def governs(task: Task, person: User) -> bool:
    """Whether somebody may return or withdraw it: what is ordered (督办) only who gave the order, or who may give one
    from above the unit that must answer; an opinion on a draft (会签) the latter alone, not whose draft it is.
    """
    ordering = permissions()["supervise"]
    asked = person.pk == task.by_id and task.countersigns is None
    return task.is_help or asked or rights_of(person).leads(task.unit, ordering, from_above=True)


def end(task: Task, how: str, *, clocks: CaseClocks, at: datetime) -> Task:
    """Nobody is asked any more; what is late by now stays late."""
    task.ended_at, task.ended_as = at, how
    clocks.stop_about(task.subject, ClockKind.TASK, at=at)
    return task


def lapsing(dossier: Dossier, *, before: str) -> Iterable[Task]:
    """The open ones of a case that has ended. before: its state before that"""
    over = dossier.case.state in FINAL and dossier.case.state != State.MERGED
    return [task for task in dossier.tasks if task.is_open] if over and before not in FINAL else []


def orders_answered(dossier: Dossier) -> Iterator[Missing]:
    """督办: nothing is filed before who leads has answered what was ordered."""
    for task in dossier.tasks:
        if task.is_order and task.is_open:
            yield Missing(_("The order {number} is not answered: have it answered first.").format(number=task.paper))
