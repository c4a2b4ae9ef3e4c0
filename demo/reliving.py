"""An event log through the doors: each event at its moment, by verbs, taken or refused with the reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db import transaction
from rest_framework.exceptions import ValidationError

from complaints.api.intake import FeedbackInput, incoming
from complaints.models import PAUSED, Case, CaseEvent
from complaints.services.intake import take_in
from complaints.verbs import VERBS
from demo.bank import hire
from demo.eventlog import LEAD, OWN, OWNER, Line, Said, Step
from demo.walking import fire
from organization.models import ApiClient, LegalEntity, Role, Unit, User
from organization.services import create_client, create_entity, create_team, create_unit
from sqm_site.errors import DomainError, Invalid

ENTITY, ROOT, UNIT, MARK, CHANNEL = "replay", "RH", "R1", "回放", "app"
NOTHING = timedelta()


class Outcome(NamedTuple):
    """What became of an event. taken: the verbs, or none; reason: why it was refused"""

    line: Line
    at: datetime | None
    taken: str
    reason: str


class NotTheirs(DomainError):
    message = "Somebody else has the case."


class Times(NamedTuple):
    """From the first to the last event of a case, and how long of it the case waited for others."""

    cycle: timedelta
    waited: timedelta


@dataclass
class Bench:
    """Where the log is lived: one unit with a team, whose people are those of the log, under names of our own."""

    client: ApiClient
    lead: User
    people: Mapping[str, User]
    cases: dict[str, str] = field(default_factory=dict)  # by the log's name: the reference


@transaction.atomic
def bench(lines: Sequence[Line], *, at: datetime) -> Bench:
    """Found the institution. at: when its people begin"""
    root = create_entity(ENTITY, name=f"{MARK}机构", root=ROOT, root_name=f"{MARK}总行")
    unit = create_unit(UNIT, name=f"{MARK}分行", kind=Unit.Kind.BRANCH, parent=root)
    team = create_team(unit, f"{MARK}组")
    unit.receiver = hire(unit, "post", Role.DISPATCHER, f"{MARK}岗", at=at)
    unit.save(update_fields=["receiver"])
    lead = hire(unit, "lead", Role.TEAM_LEAD, f"{MARK}组长", at=at, team=team)
    names = sorted({line.who for line in lines})
    people = {
        name: hire(unit, f"p{number}", Role.HANDLER, f"{MARK}{number:03d}", at=at, team=team)
        for number, name in enumerate(names, 1)
    }
    client, _key = create_client(f"{MARK}-{CHANNEL}", channels=[CHANNEL], unit=unit, at=at)
    return Bench(client, lead, people)


def is_here() -> bool:
    return LegalEntity.objects.filter(code=ENTITY).exists()


class Refused(Exception):
    """None of the ways of an activity could be taken. The sentence is that of the last door."""


def relive(lines: Sequence[Line], said: Said, place: Bench, *, by: timedelta) -> Iterator[Outcome]:
    """Every event in the order of time, and an outcome for each. by: how far the log is moved"""
    for line in lines:
        if line.at is None:
            yield Outcome(line, None, "", "This is no moment: write it as 2026-11-23T12:00:00+08:00.")
    timed = [(line.at + by, line) for line in lines if line.at is not None]
    for at, line in sorted(timed, key=lambda one: (one[0], one[1].number)):
        yield outcome_of(line, said, place, at)


def outcome_of(line: Line, said: Said, place: Bench, at: datetime) -> Outcome:
    if not line.case:
        return Outcome(line, at, "", "It names no case.")
    taken = []
    try:
        if line.case not in place.cases:  # kept, whatever becomes of its first activity
            place.cases[line.case] = received(line, said, place, at)
            taken.append("take_in")
        taken += lived(line, said, place, at)
    except Refused as refused:
        return Outcome(line, at, " ".join(taken), str(refused))
    return Outcome(line, at, " ".join(taken), "")


def received(line: Line, said: Said, place: Bench, at: datetime) -> str:
    """Open the case by its first event; its reference. Raises Refused."""
    body = {"channel": CHANNEL, "external_id": line.case, "occurred_at": at.isoformat(), **said.case}
    try:
        case = take_in(incoming(FeedbackInput.read(body), place.client, at=at), at=at).case
    except (DomainError, ValidationError) as error:
        raise Refused(sentence(error)) from error
    if case is None:
        raise Refused("No case came of it: give the mapping a subject or a text.")
    return case.reference


def lived(line: Line, said: Said, place: Bench, at: datetime) -> list[str]:
    """Take the first way that goes through, after what the clock did by then. The verbs; raises Refused."""
    ways = said.activities.get(line.activity)
    if ways is None:
        raise Refused(f"The mapping has no activity {line.activity}.")
    fire(Case.objects.get(reference=place.cases[line.case]), until=at)
    why = "The activity has no way."
    for way in ways:
        try:
            with transaction.atomic():
                return [step.verb for step in way if stepped(step, line, place, at)]
        except (DomainError, ValidationError) as error:
            why = sentence(error)
    raise Refused(why)


def stepped(step: Step, line: Line, place: Bench, at: datetime) -> bool:
    """Whether the step was taken; one that may be left out is, where its door says no."""
    verb, case = VERBS[step.verb], Case.objects.select_related("owner").get(reference=place.cases[line.case])
    who = {OWNER: case.owner, LEAD: place.lead}.get(step.by, place.people[line.who])
    if step.by == OWN and case.owner != place.people[line.who]:
        raise NotTheirs()
    day = at.date() + timedelta(days=step.given.get("days_ahead", 0))
    words = {"{who}": place.people[line.who].username, "{day}": f"{day}"}
    given = {name: words.get(value, value) for name, value in step.given.items() if name != "days_ahead"}
    try:
        with transaction.atomic():
            verb.run(case.reference, actor=who or place.lead, at=at, **verb.form.read(given))
    except (DomainError, ValidationError):
        if not step.maybe:
            raise
        return False
    return True


def sentence(error: DomainError | ValidationError) -> str:
    if isinstance(error, Invalid):
        return "; ".join(f"{name}: {' '.join(map(str, told))}" for name, told in error.fields.items())
    return str(error.detail) if isinstance(error, ValidationError) else str(error)


def times_of_log(outcomes: Sequence[Outcome], said: Said) -> Times:
    """Of the events of one case that were taken, in their order."""
    taken = [(one.at, one.line.activity) for one in outcomes if one.at is not None and not one.reason]
    waits = [until - at for (at, activity), (until, _next) in pairwise(taken) if activity in said.waits]
    return Times(taken[-1][0] - outcomes[0].at if taken and outcomes[0].at else NOTHING, sum(waits, NOTHING))


def times_here(reference: str) -> Times:
    """The same, as the case itself tells them: from its receipt to its last act of a person."""
    case = Case.objects.get(reference=reference)
    rows = CaseEvent.objects.filter(case=case).select_related("actor").order_by("sequence")
    waited, since, last = NOTHING, None, case.received_at
    for row in rows:
        last = last if row.actor.username == User.SYSTEM else row.at
        if row.after in PAUSED and since is None:
            since = row.at
        elif row.after not in PAUSED and since is not None:
            waited, since = waited + row.at - since, None
    return Times(last - case.received_at, waited)
