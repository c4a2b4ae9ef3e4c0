"""试算: what a set of routing rules would have done with the cases of the last 30 days."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Q

from complaints.chronicle import standing
from complaints.models import Arrival, Case, CaseEvent, RoutingRule
from complaints.services.routing import first_of, goes_its_own_way
from organization.models import Unit

MOST = 5_000  # cases that are looked at, the newest
A_MONTH = timedelta(days=30)
EXAMPLES, OTHERS = 5, 3  # that are named of each rule


class Lying(NamedTuple):
    """One case, and where it lies by now."""

    pk: int
    reference: str
    unit: int
    unit_name: str
    team: int | None
    team_name: str | None

    @property
    def place(self) -> str:
        return f"{self.unit_name} {self.team_name or ''}".strip()


@dataclass
class Tried:
    """Of one rule, or of none, what came to it.

    there     how many of the cases lie by now where it would have sent them
    others    where else they lie, and how many, most first
    examples  references, those that lie elsewhere first
    """

    rule: RoutingRule | None
    cases: int = 0
    there: int = 0
    others: list[tuple[str, int]] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)


def trial(rules: Sequence[RoutingRule], entity: int, *, at: datetime, readable: Q) -> list[Tried]:
    """Each rule in its order, with those of the newest MOST cases of 30 days that would have come to it, by what was
    known as they came in; at last those that no rule fits. As if all had been in force. Four statements.

    readable  the condition on cases of which the reader may read the reference
    """
    cases = Case.objects.filter(
        legal_entity=entity,
        received_at__gte=at - A_MONTH,
        origin=Case.Origin.LIVE,
        kind=Case.Kind.ORIGINAL,
        brought_by__api_client__unit=F("receiving_unit"),
    )
    columns = ("pk", "reference", "handling_unit_id", "handling_unit__name", "team_id", "team__name")
    rows = [Lying(*row) for row in cases.order_by("-received_at", "-pk").values_list(*columns)[:MOST]]
    open_to_reader = set(cases.filter(readable, pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    known = arrivals([row.pk for row in rows])
    found: dict[int, list[Lying]] = defaultdict(list)  # by the place of the rule: a new one has no key yet
    for row in rows:
        if row.pk in known:
            rule = first_of(rules, known[row.pk])
            found[len(rules) if rule is None else rules.index(rule)].append(row)
    return [summed(rule, found[number], open_to_reader) for number, rule in enumerate([*rules, None])]


def summed(rule: RoutingRule | None, rows: list[Lying], open_to_reader: set[int]) -> Tried:
    elsewhere = [row for row in rows if rule is not None and not is_there(rule, row)]
    others = Counter(row.place for row in (rows if rule is None else elsewhere))
    named = [row.reference for row in [*elsewhere, *rows] if row.pk in open_to_reader]
    return Tried(
        rule,
        cases=len(rows),
        there=len(rows) - len(elsewhere),
        others=others.most_common(OTHERS),
        examples=list(dict.fromkeys(named))[:EXAMPLES],
    )


def is_there(rule: RoutingRule, row: Lying) -> bool:
    return row.unit == rule.unit_id and rule.team_id in {None, row.team}


def arrivals(cases: Sequence[int]) -> dict[int, Arrival]:
    """What was known of these cases as they came in, but for those that no rule is asked about."""
    opened = CaseEvent.objects.filter(case__in=cases, sequence=1, verb="take_in")
    blank = standing(Case())  # an event names the columns that differ from it
    told = {case: blank | columns for case, columns in opened.values_list("case_id", "details__case")}
    complained = {columns["complained_unit_id"] for columns in told.values()}
    paths = dict(Unit.objects.filter(pk__in=[pk for pk in complained if pk]).values_list("pk", "path"))
    return {case: arrival(columns, paths) for case, columns in told.items() if asks_rules(columns)}


def asks_rules(columns: Mapping[str, Any]) -> bool:
    own_way = goes_its_own_way(columns["channel"], columns["nature"], columns["source"])
    return not own_way and not columns["barred"]


def arrival(columns: Mapping[str, Any], paths: Mapping[int, str]) -> Arrival:
    return Arrival(
        **{name: columns[name] for name in ("channel", "nature", "level", "category")},
        line=columns["business_line_id"],
        complained=paths.get(columns["complained_unit_id"] or 0, ""),
    )
