"""The events of a case as programs read them: names in the place of the ids that an event holds."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rest_framework import serializers

from complaints.api.moments import local
from complaints.hanging import BESIDE
from complaints.models import Case, CaseEvent
from organization.models import BusinessLine, Partner, Team, Unit, User

USER, UNIT, TEAM, LINE, PARTNER, CASE = "user", "unit", "team", "business_line", "partner", "case"
# What an id in an event names, by the name of the fact.
NAMED: dict[str, str] = {
    **dict.fromkeys(
        ("owner", "to", "person", "recipient", "from", "by", "asked_by", "decided_by", "offered_to", "first_receiver")
        + ("brought_by", "author", "checker", "waived_by"),
        USER,
    ),
    **dict.fromkeys(
        ("unit", "handling_unit", "receiving_unit", "complained_unit", "responsible_unit", "from_unit")
        + ("offered_unit",),
        UNIT,
    ),
    "team": TEAM,
    "business_line": LINE,
    "partner": PARTNER,
    **dict.fromkeys(("other", "case", "into", "repeat_of"), CASE),
}
# What the log needs to be replayed, and what nobody outside has a use for.
INSIDE = frozenset({"texts", "case", "subject", "review", "reviewed", *BESIDE.values()})
PUBLIC: dict[str, Callable[[set[int]], Mapping[int, str]]] = {
    USER: lambda ids: dict(User.objects.filter(pk__in=ids).values_list("pk", "username")),
    UNIT: lambda ids: dict(Unit.objects.filter(pk__in=ids).values_list("pk", "code")),
    TEAM: lambda ids: dict(Team.objects.filter(pk__in=ids).values_list("pk", "name")),
    PARTNER: lambda ids: dict(Partner.objects.filter(pk__in=ids).values_list("pk", "code")),
    LINE: lambda ids: dict(BusinessLine.objects.filter(pk__in=ids).values_list("pk", "code")),
}


class EventOut(serializers.Serializer):
    sequence = serializers.IntegerField(help_text="Counts from 1; no number is left out.")
    verb = serializers.CharField(help_text="A verb of `GET /codes/verbs/`, or of the system: take_in, join, fire ...")
    before = serializers.CharField(help_text="State before; empty for the first event.")
    after = serializers.CharField(help_text="State after.")
    actor = serializers.CharField(help_text="Name of the person or program.")
    at = serializers.DateTimeField(help_text="When it was entered.")
    happened_at = serializers.DateTimeField(help_text="When it happened; the same, or earlier.")
    details = serializers.DictField(help_text="Codes, times, user names and unit codes; never people's words.")


def event_rows(events: Iterable[CaseEvent], reader: User) -> list[dict[str, Any]]:
    """The events of a page, with at most one query for each kind of thing they name.

    Of other cases the reader learns the references of those they may open.
    """
    events = list(events)
    asked: dict[str, set[int]] = defaultdict(set)
    for event in events:
        for kind, pk in ids_in(details_of(event)):
            asked[kind].add(pk)
    names = {kind: PUBLIC[kind](ids) for kind, ids in asked.items() if kind != CASE}
    seen = Case.objects.reachable_by(reader).filter(pk__in=asked[CASE])
    names[CASE] = dict(seen.values_list("pk", "reference")) if asked[CASE] else {}
    return [event_row(event, names) for event in events]


def event_row(event: CaseEvent, names: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "verb": event.verb,
        "before": event.before,
        "after": event.after,
        "actor": event.actor.display_name,
        "at": local(event.at),
        "happened_at": local(event.happened_at),
        "details": {name: written(name, value, names) for name, value in details_of(event).items()},
    }


def details_of(event: CaseEvent) -> dict[str, Any]:
    """What the verb says of itself."""
    return {name: value for name, value in event.details.items() if name not in INSIDE}


def ids_in(value: Any, name: str = "") -> Iterator[tuple[str, int]]:
    """(kind, id) of everything a value names, at any depth."""
    if isinstance(value, Mapping):
        for inner, one in value.items():
            yield from ids_in(one, inner)
    elif isinstance(value, list):
        for one in value:
            yield from ids_in(one, name)
    elif name in NAMED and is_id(value):
        yield NAMED[name], value


def written(name: str, value: Any, names: Mapping[str, Mapping[int, str]]) -> Any:
    if isinstance(value, Mapping):
        return {inner: written(inner, one, names) for inner, one in value.items()}
    if isinstance(value, list):
        return [written(name, one, names) for one in value]
    if name in NAMED and is_id(value):
        return names[NAMED[name]].get(value)
    return local(value)


def is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
