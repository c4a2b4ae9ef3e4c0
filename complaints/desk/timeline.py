"""What happened to a case, in people's words: events, texts and messages woven together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from complaints.chronicle import IN_WORDS
from complaints.desk.inwords import FACTS, TEXT_LABELS
from complaints.models import Case, CaseEvent, CaseText, Level, State
from complaints.services.taxonomy import CATEGORY_B, CHANNEL_A, REASON_C, label
from complaints.verb import OURS, STEP
from complaints.verbs import label_of, shown_as
from feedback.channels import channel_label
from feedback.models import Feedback
from organization.models import Unit, User
from sla.models import ClockKind
from sla.models.ladder import RungKind

A_MINUTE = timedelta(minutes=1)  # the page shows no less
SHOWN = 60  # events on a page; earlier ones on demand
ON_PAPER = "letter"  # a letter is read on its own page


@dataclass(frozen=True)
class Names:
    """The people and units that the events name by id."""

    users: Mapping[int, User]
    units: Mapping[int, Unit]
    cases: Mapping[int, str] = field(default_factory=dict)

    def user(self, pk: Any) -> str:
        return str(self.users[pk]) if pk in self.users else ""

    def unit(self, pk: Any) -> str:
        return str(self.units[pk]) if pk in self.units else ""

    def case(self, pk: Any) -> str:
        return self.cases.get(pk, "")


@dataclass(frozen=True)
class Item:
    """One entry of the timeline.

    at         when the customer wrote it; of all else when it was entered
    stored_at  when we had what the customer wrote, where that was a minute or more later
    done       a colleague did it
    """

    kind: str
    who: Any
    verb: Any
    at: datetime
    stored_at: datetime | None = None
    done: bool = False
    moved_to: Any = ""
    facts: str = ""
    late: bool = False
    texts: list[tuple[Any, str]] = field(default_factory=list)

    is_contact: bool = False  # somebody was called, or called

    @property
    def is_bare(self) -> bool:
        """A step without words."""
        return self.kind == STEP and not self.texts


@dataclass(frozen=True)
class Timeline:
    items: list[Item]
    events: list[CaseEvent]
    texts: Mapping[int, list[CaseText]]
    earlier: bool  # more lies before what is shown

    def said_with(self, case: Case, sequences: Iterable[int]) -> list[CaseText]:
        """The texts of these events of the case: those at hand, else read."""
        wanted = set(sequences)
        if wanted <= {event.sequence for event in self.events}:
            return [text for sequence in sorted(wanted) for text in self.texts.get(sequence, [])]
        return list(case.texts.filter(event_sequence__in=wanted).defer("words_sealed").order_by("pk"))

    @property
    def days(self) -> list[tuple[date, list[list[Item]]]]:
        """The entries by day; steps of the case that follow each other are one group, all else stands alone.

        What was written on an earlier day than what stands above it stays below it.
        """
        days: list[tuple[date, list[list[Item]]]] = []
        for item in self.items:
            day = localtime(item.at).date()
            if not days or day > days[-1][0]:
                days.append((day, []))
            groups = days[-1][1]
            if groups and item.is_bare and groups[-1][-1].is_bare:
                groups[-1].append(item)
            else:
                groups.append([item])
        return days


def timeline_of(case: Case, reader: User, *, complete: bool = False) -> Timeline:
    """Oldest first. Five statements whatever the length, and one where it names cases that the reader may open."""
    newest_first = case.events.select_related("actor").order_by("-sequence")
    events = list(newest_first if complete else newest_first[: SHOWN + 1])
    earlier = not complete and len(events) > SHOWN
    events = events[:SHOWN][::-1] if not complete else events[::-1]
    since = events[0].sequence if events else 0
    texts: dict[int, list[CaseText]] = defaultdict(list)
    for text in case.texts.filter(event_sequence__gte=since).defer("words_sealed").order_by("pk"):
        texts[text.event_sequence].append(text)
    said = Feedback.objects.defer("words_sealed").in_bulk(named(events, "feedback"))
    names = Names(people_of(case, events), units_of(case, events), cases_of(events, reader))
    items = [item_of(case, event, texts[event.sequence], said, names) for event in events]
    return Timeline(as_written(items), events, texts, earlier)


def as_written(items: list[Item]) -> list[Item]:
    """What the customer wrote in the order of writing; never above what a colleague did before it was there."""
    ordered: list[Item] = []
    for done, entries in groupby(items, key=lambda item: item.done):
        here = list(entries)
        ordered += here if done else sorted(here, key=lambda item: item.at)
    return ordered


def people_of(case: Case, events: list[CaseEvent]) -> dict[int, User]:
    """The people whom the events name; mostly the case has them at hand, or they did something."""
    at_hand = (case.owner, case.first_receiver, *(event.actor for event in events))
    known = {person.pk: person for person in at_hand if person is not None}
    return known | User.objects.in_bulk(people(events) - known.keys())


def units_of(case: Case, events: list[CaseEvent]) -> dict[int, Unit]:
    """The units that the events name; mostly the case has them at hand."""
    at_hand = (case.complained_unit, case.handling_unit, case.receiving_unit)
    known = {unit.pk: unit for unit in at_hand if unit is not None}
    wanted = named(events, "unit") | named(events, "complained_unit")
    return known | Unit.objects.in_bulk(wanted - known.keys())


def cases_of(events: list[CaseEvent], reader: User) -> dict[int, str]:
    """The references of the other cases that the events name, of those that exist for the reader."""
    wanted = set().union(*(named(events, key) for key in OTHER_CASES))
    if not wanted:
        return {}
    rows = Case.objects.reachable_by(reader).filter(pk__in=wanted)
    return dict(rows.values_list("pk", "reference"))


def item_of(case: Case, event: CaseEvent, texts: list[CaseText], said: Mapping[int, Feedback], names: Names) -> Item:
    message, kind = said.get(event.details.get("feedback", 0)), shown_as(event.verb)
    written_at = message.received_at if message is not None else event.at
    return Item(
        kind=STEP if kind == OURS and not texts else kind,
        who=_("Customer") if message is not None else event.actor,
        verb=channel_label(message.channel) if message is not None else label_of(event.verb),
        at=written_at,
        stored_at=event.at if event.at - written_at >= A_MINUTE else None,
        done=message is None and not event.actor.is_service,
        moved_to=State(event.after).label if event.before not in {"", event.after} else "",
        facts=facts_of(event, names),
        late=any(rung["kind"] != RungKind.REMINDER for rung in rungs_of(event)),
        texts=words_of(texts, message),
        is_contact=event.verb == "log_contact",
    )


def words_of(texts: list[CaseText], message: Feedback | None) -> list[tuple[Any, str]]:
    """What was said, each under its label; what a message brought of the facts stands among the facts."""
    if message is None:
        return [(TEXT_LABELS.get(text.kind, text.kind), text.text) for text in texts if text.kind != ON_PAPER]
    whole = "\n".join(part for part in (message.subject, message.text) if part)
    return [("", whole), *words_of([text for text in texts if text.kind not in IN_WORDS], None)]


def facts_of(event: CaseEvent, names: Names) -> str:
    """The codes of an event in words, in one line."""
    details = event.details
    parts = [happened(event)] if late_by_a_minute(event) else []
    parts += [str(write(details[name])) for name, write in FACTS.items() if details.get(name)]
    parts += [changed(details["was"], details["now"])] if "was" in details and event.verb != "take_in" else []
    parts += rung_lines(rungs_of(event), names)
    if event.verb in TO_A_UNIT:
        parts.append(
            " ".join(part for part in (names.unit(details.get("unit")), names.user(details.get("to"))) if part)
        )
    if key := TO_WHOM.get(event.verb):
        parts.append(names.user(details.get(key)))
    parts.append(names.unit(details.get("complained_unit")))
    parts += [names.case(details.get(key)) for key in OTHER_CASES]
    if "granted" in details:
        parts.append(_("Granted") if details["granted"] else _("Refused"))
    return " · ".join(part for part in parts if part)


def late_by_a_minute(event: CaseEvent) -> bool:
    """Whether it was entered later than it happened, as far as the page shows time."""
    return event.at - event.happened_at >= A_MINUTE


def happened(event: CaseEvent) -> str:
    return _("happened {moment}").format(moment=date_format(localtime(event.happened_at), "m-d H:i"))


def rungs_of(event: CaseEvent) -> list[dict[str, Any]]:
    """The rungs that an event fired; a confirmed escalation only counts them."""
    return event.details.get("rungs", []) if event.verb == "fire" else []


def rung_lines(rungs: list[dict[str, Any]], names: Names) -> list[str]:
    """One line a clock: its gravest rung, and everybody who was told."""
    lines = []
    for kind in dict.fromkeys(rung["clock"] for rung in rungs):
        mine = [rung for rung in rungs if rung["clock"] == kind]
        recipients = dict.fromkeys(names.user(rung["recipient"]) for rung in mine)
        lines.append(
            _("{clock}: {rung}, told {person}").format(
                clock=ClockKind.label_of(kind), rung=RungKind(mine[-1]["kind"]).label, person=_(", ").join(recipients)
            )
        )
    return lines


# The facts of an event that name another case.
OTHER_CASES = ("into", "other")
# Verbs that are about a unit, with the person who answers there.
TO_A_UNIT = frozenset({"assign", "transfer", "add_task", "return_task", "supervise"})
# Verbs that are about one person, and the fact that says who.
TO_WHOM = {
    "escalate": "recipient",
    "chase_task": "to",
    "confirm_named": "person",
    "let_in": "person",
    "fall_to_post": "owner",
}
DIMENSIONS = {
    "business_channel": CHANNEL_A,
    "category": CATEGORY_B,
    "reason": REASON_C,
    "demand": "demand",
}


def changed(was: Any, now: Any) -> str:
    """What a correction changed, new beside old."""
    if not isinstance(was, Mapping):
        return f"{Level(was).label} → {Level(now).label}" if was != now else ""
    pairs = ((name, was.get(name), value) for name, value in now.items() if was.get(name) != value)
    return " · ".join(
        f"{written(name, before)} → {written(name, after)}" if before else written(name, after)
        for name, before, after in pairs
    )


def written(name: str, value: Any) -> str:
    return label(DIMENSIONS[name], value) if name in DIMENSIONS and value else str(value)


def named(events: Iterable[CaseEvent], key: str) -> set[int]:
    return {event.details[key] for event in events if isinstance(event.details.get(key), int)}


def people(events: Iterable[CaseEvent]) -> set[int]:
    """The ids of everybody the events name."""
    events = list(events)
    of_rungs = {rung["recipient"] for event in events for rung in rungs_of(event)}
    return set().union(of_rungs, *(named(events, key) for key in ("to", *TO_WHOM.values())))
