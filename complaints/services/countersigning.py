"""会签: who gives an opinion on a draft, turn by turn, and whether all have."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.dossier import Dossier
from complaints.models import Case, Countersignature, CountersignRule, Decision, Nature, Redress, Task, Weight
from complaints.services.redress import promised_in_all
from sqm_site.remembering import Memory

RULES: Memory[tuple[CountersignRule, ...]] = Memory(5)  # legal entity -> its rules


def weight_of(case: Case, redress: Iterable[Redress]) -> Weight:
    amount = max(case.amount or Decimal(0), promised_in_all(redress))
    return Weight(level=case.level, source=case.source, category=case.category, amount=amount)


def rules_for(dossier: Dossier, *, at: datetime) -> list[CountersignRule]:
    """Those that want an opinion on a decision of this case. Of a tip-off no unit hears."""
    case = dossier.case
    if case.nature == Nature.TIP_OFF:
        return []
    day = timezone.localdate(at)
    rules = [rule for rule in rules_of(case.legal_entity_id) if rule.holds_on(day)]
    weight = weight_of(case, dossier.redress) if rules else None
    return [rule for rule in rules if weight is not None and rule.fits(weight)]


def rules_of(entity: int) -> tuple[CountersignRule, ...]:
    """Those of a legal entity in their order, at most five seconds old."""
    return RULES.get(entity, lambda: tuple(stored_rules(entity))) or ()


def stored_rules(entity: int) -> QuerySet[CountersignRule]:
    return CountersignRule.objects.filter(legal_entity=entity).select_related("unit").order_by("turn", "pk")


def steps_by_rule(dossier: Dossier, *, at: datetime, draft: int) -> list[Countersignature]:
    """One for each unit that the rules name, in its earliest turn; by the author of the draft."""
    case, found = dossier.case, dict[int, Countersignature]()
    for rule in rules_for(dossier, at=at):
        place = {"legal_entity_id": case.legal_entity_id, "unit": rule.unit, "draft": draft, "event_sequence": draft}
        found.setdefault(rule.unit_id, Countersignature(case=case, turn=rule.turn, rule=rule.key, **place))
    return [*found.values()]


def next_turn(dossier: Dossier) -> list[Countersignature]:
    """Whom to ask now: nobody while somebody has still to answer, else those of the next turn."""
    steps = [(step, step.task_among(dossier.tasks)) for step in dossier.countersignatures]
    to_come = [step for step, task in steps if task is None]
    if any(task is not None and task.is_open for _step, task in steps):
        return []
    turn = min((step.turn for step in to_come), default=0)
    return [step for step in to_come if step.turn == turn]


def open_ones(dossier: Dossier) -> list[Task]:
    """What is asked about drafts and not answered yet."""
    return [task for task in dossier.tasks if task.countersigns is not None and task.is_open]


def in_the_way(dossier: Dossier, *, at: datetime) -> Iterator[tuple[str, bool]]:
    """Why a draft is not approved yet, in sentences; and whether the head of the unit may approve it all the same:
    somebody is against it, or late.
    """
    steps = [(step, step.task_among(dossier.tasks)) for step in dossier.countersignatures]
    late = any(task is not None and task.is_open and at > task.due_at for _step, task in steps)
    for step, task in steps:
        if task is None or task.is_open:
            yield _("{unit} has not countersigned yet (会签).").format(unit=step.unit), late
        elif task.ended_as == Task.End.OBJECTED:
            yield _("{unit} objects to the draft (会签).").format(unit=step.unit), True


def held_up(at: datetime, *, overruled_by: Q) -> Q:
    """会签: the cases whose draft is not approved yet, as `in_the_way` has it."""
    draft = Decision.objects.filter(
        case=OuterRef("case"), status=Decision.Status.DRAFTED, event_sequence=OuterRef("countersigns")
    )
    asked = Task.objects.filter(Exists(draft), case=OuterRef("pk"), countersigns__isnull=False)
    waits, late = Q(Exists(asked.open())), Q(Exists(asked.open().filter(due_at__lt=at)))
    against = Q(Exists(asked.filter(ended_as=Task.End.OBJECTED)))
    return (waits | against) & ~overruled_by | waits & ~late
