"""实时流程: how many cases stand in each state and unit, for how long, what left it lately, what came back, what was
sent back, and where it stands longer than it used to.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DateTimeField, DurationField, ExpressionWrapper, F, Min, Q, QuerySet

from complaints.models import OPEN, Nature, Offer, State
from organization.models import User
from organization.scope import scoped
from quality.models import Stay
from quality.scope import Scope
from sqm_site.remembering import Memory

LATELY, BEFORE = timedelta(days=7), timedelta(days=28)  # what left within; before that: what is usual
ENOUGH, FEW = 30, 3  # that left, for saying what is usual; that stand, for calling it a bottleneck
# So many of a hundred take longer than the usual nine in ten anyway; from twice as many on, they pile up.
PILED_UP = 20
# What sends a case back on its way.
REWORK = ("return_decision", "recall_decision", "reopen_decision", "refuse", "dispute", "reopen", "decide_anew")
MOST_PAIRS = 20
STEPS = tuple(state for state in State if state in OPEN)
COLUMNS = {"unit": "unit_id", "barred": "", "brought": ""}
USUAL: Memory[dict[str, timedelta]] = Memory(600, most=256)  # of a reader's place: it is read again ten minutes later


class Percentile(Aggregate):
    """The value below which so much of a whole lies: one that is there."""

    template = "percentile_disc(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Any, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, **extra)


@dataclass
class Step:
    """One state.

    standing         how many cases stand there now
    median, ninety   for how long: half of them, nine in ten at most; oldest: the longest
    left             how many left it within LATELY, and how long they had stood there: half of them, nine in ten
    usual            nine in ten of those that left in the four weeks before stood there at most so long; None: too few
    longer           how many of those that stand there stand longer than that
    """

    state: State
    standing: int = 0
    median: timedelta | None = None
    ninety: timedelta | None = None
    oldest: timedelta | None = None
    left: int = 0
    left_median: timedelta | None = None
    left_ninety: timedelta | None = None
    usual: timedelta | None = None
    longer: int = 0

    @property
    def is_bottleneck(self) -> bool:
        return self.longer >= FEW and self.longer * 100 >= self.standing * PILED_UP


@dataclass(frozen=True)
class Lying:
    """The cases of one unit, by state. oldest: since when the one stands that stands longest in its state"""

    place: Any
    by_state: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None

    @property
    def standing(self) -> int:
        return self.by_state.total()


@dataclass(frozen=True)
class Console:
    steps: list[Step]
    units: list[Lying]
    rework: list[tuple[str, int]]
    sent_back: list[dict[str, Any]]

    @property
    def standing(self) -> int:
        return sum(step.standing for step in self.steps)

    @property
    def bottlenecks(self) -> list[Step]:
        return [step for step in self.steps if step.is_bottleneck]


def console(user: User, scope: Scope, *, at: datetime) -> Console:
    """As it is for the reader in these units, in six statements whatever there is; no tip-offs, whoever reads."""
    rows = stays_of(user, scope)
    here, left = rows.filter(until=None), rows.filter(until__gte=at - LATELY)
    steps = {str(state): Step(state) for state in STEPS}
    for row in by_state(here, standing()):
        step = steps[row["state"]]
        step.standing, step.oldest = row["n"], at - row["oldest"]
        step.median, step.ninety = at - row["median"], at - row["ninety"]
    for row in by_state(left, took()):
        step = steps[row["state"]]
        step.left, step.left_median, step.left_ninety = row["n"], row["median"], row["ninety"]
    compare(steps, here, usual(user, scope, rows, at=at), at=at)
    came_back = left.filter(ended_by__in=REWORK).values_list("ended_by").annotate(n=Count("pk")).order_by("-n")
    return Console(
        steps=[*steps.values()],
        units=by_unit(here, scope),
        rework=list(came_back),
        sent_back=sent_back(scope, at - LATELY),
    )


def stays_of(user: User, scope: Scope) -> QuerySet[Stay]:
    rows = scoped(Stay.objects.exclude(nature=Nature.TIP_OFF), user, **COLUMNS)
    return rows if holds_entity(scope) else rows.filter(unit__in=[*scope.units])


def holds_entity(scope: Scope) -> bool:
    """Whether the scope begins at the root of the entity: then no list of units is asked for."""
    return scope.top is not None and scope.top.path.count("/") == len("//")


def by_state(rows: QuerySet[Any], parts: Mapping[str, Any]) -> QuerySet[Any]:
    return rows.values("state").annotate(**parts).order_by()


def standing() -> dict[str, Any]:
    """Since when: what began later stands shorter."""
    moment = {"output_field": DateTimeField()}
    parts = {"median": Percentile("since", 0.5, **moment), "ninety": Percentile("since", 0.1, **moment)}
    return {"n": Count("pk"), "oldest": Min("since"), **parts}


def took() -> dict[str, Any]:
    length = ExpressionWrapper(F("until") - F("since"), DurationField())
    kind = {"output_field": DurationField()}
    return {"n": Count("pk"), "median": Percentile(length, 0.5, **kind), "ninety": Percentile(length, 0.9, **kind)}


def usual(user: User, scope: Scope, rows: QuerySet[Stay], *, at: datetime) -> Mapping[str, timedelta]:
    """state -> how long nine in ten stood there of those that left in the four weeks before, where enough did."""

    def find() -> dict[str, timedelta]:
        before = rows.filter(until__gte=at - LATELY - BEFORE, until__lt=at - LATELY)
        return {row["state"]: row["ninety"] for row in by_state(before, took()) if row["n"] >= ENOUGH}

    return USUAL.get((user.pk, *scope.units), find) or {}


def compare(steps: Mapping[str, Step], here: QuerySet[Stay], lengths: Mapping[str, timedelta], *, at: datetime) -> None:
    over = {state: Count("pk", filter=Q(state=state, since__lt=at - length)) for state, length in lengths.items()}
    found = here.aggregate(**over) if over else {}
    for state, length in lengths.items():
        steps[state].usual, steps[state].longer = length, found[state]


def by_unit(here: QuerySet[Stay], scope: Scope) -> list[Lying]:
    """One line a part of the tree below the unit that is looked at, the fullest first."""
    lines: dict[int, Lying] = {}
    for row in here.values("unit_id", "state").annotate(n=Count("pk"), oldest=Min("since")).order_by():
        place = scope.branch_of(row["unit_id"])
        line = lines.get(place.pk) or Lying(place)
        line.by_state[row["state"]] += row["n"]
        lines[place.pk] = Lying(place, line.by_state, min(filter(None, (line.oldest, row["oldest"]))))
    return sorted(lines.values(), key=lambda line: (-line.standing, line.place.path))


def sent_back(scope: Scope, since: datetime) -> list[dict[str, Any]]:
    """退单: which unit sent back what came from which other one, the most often first."""
    rows: QuerySet[Any] = Offer.objects.filter(outcome=Offer.Outcome.REFUSED, ended_at__gte=since)
    rows = rows.filter(unit__in=[*scope.units]).exclude(case__nature=Nature.TIP_OFF)
    pairs = rows.values("unit__name", "from_unit__name").annotate(n=Count("pk"))
    return list(pairs.order_by("-n", "unit__name")[:MOST_PAIRS])
