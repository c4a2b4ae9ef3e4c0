"""docs/log.md shows for every verb what its event says, whom it tells and what it asks for, on an example each."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.models import Case, CaseEvent
from complaints.verbs import VERBS, Verb, contacting, ending, grading
from feedback.models import Notice
from organization.models import Unit, User
from tests.cases import CALLED, TAKEN_BACK
from tests.complaints.positions import (  # the same walk, the same people
    NEW_FACTS,
    PEOPLE,
    POSITIONS,
    TAKE,
    Step,
    does,
    once_more,
    walked,
    who,
)
from tests.people import NOON

PAGE = Path(__file__).resolve().parents[2] / "docs" / "log.md"
PEOPLE_OF = {
    "accepted_by", "answered_by", "asked_by", "author", "by", "checker", "decided_by", "from", "offered_to", "owner",
    "person", "recipient", "satisfaction_by", "settler", "to",
}  # fmt: skip
UNITS_OF = {"complained_unit", "from_unit", "handling_unit", "offered_unit", "unit"}
COUNTED = {"days", "entry", "fired", "next_rung", "number", "place", "refusals", "round", "rungs", "task", "version"}
GIVEN = {"decide_approval": {"grant": True}}  # where the shortest form shows little
ASKED: dict[str, tuple[dict, list[Step]]] = {
    "a withdrawal asked for": ({}, [TAKE, does("handler", ending.withdraw, **TAKEN_BACK)]),
    "another nature asked for": ({}, [TAKE, does("handler", grading.reclassify, nature="enquiry", reason="只是询问")]),
    "new material asked to count": ({}, [TAKE, NEW_FACTS]),
    "a call of two days ago, entered now": (
        {"occurred_at": (NOON - timedelta(days=3)).isoformat()},
        [TAKE, does("handler", contacting.log_contact, happened_at=NOON - timedelta(days=2), **CALLED)],
    ),
}
# Positions in which a verb that was shown before leaves something else behind.
AGAIN = {**dict.fromkeys(ASKED, "decide_approval"), "an extension granted": "extend"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
DIGEST = re.compile(r"[0-9a-f]{64}")
REFERENCE = re.compile(r"C\d{6}-\d{7}-\d")


class Names:
    """Ids as the names that an example has, so that they are the same on every machine."""

    def __init__(self) -> None:
        self.users = dict(User.objects.values_list("pk", "username"))
        self.units = dict(Unit.objects.values_list("pk", "code"))

    def said(self, name: str, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {self.said(key, one)}" for key, one in sorted(value.items())) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.said(name, one) for one in value) + "]"
        return self.of_number(name.removesuffix("_id"), value) if type(value) is int else written(value)

    def of_number(self, name: str, value: int) -> str:
        if name in PEOPLE_OF:
            return self.users[value]
        return self.units[value] if name in UNITS_OF else str(value) if name in COUNTED else "#"


def written(value: Any) -> str:
    if isinstance(value, str) and MOMENT.match(value):
        return timezone.localtime(datetime.fromisoformat(value)).strftime("%m-%d %H:%M")
    if isinstance(value, str) and DIGEST.fullmatch(value):
        return "digest"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value) or '""'


def lines_of(event: CaseEvent, names: Names) -> Iterator[str]:
    moved = f"{event.before} → {event.after}" if event.before != event.after else event.after
    yield f"{event.verb}: {names.users[event.actor_id]}, {moved}, round {event.round}"
    for name, value in sorted(event.details.items()):
        if isinstance(value, dict) and all(isinstance(one, dict) for one in value.values()):
            rows = sorted(((f"{name} {shown_key(name, key)}", one) for key, one in value.items()), key=itemgetter(0))
        else:
            rows = [(name, value)]
        yield from (f"  {where}: {names.said(name, one)}" for where, one in rows)


def shown_key(name: str, key: str) -> str:
    """The key of a row, as it is on every machine; that of a link begins with the id of the other case."""
    return "#" if key.isdecimal() else f"#:{key.partition(':')[2]}" if name == "links" else key


def told_of(case: Case, since: int, names: Names) -> Iterator[str]:
    """Who is told."""
    for notice in Notice.objects.filter(about=case.reference, pk__gt=since).order_by("kind", "to_user", "pk"):
        yield f"  told: {names.users.get(notice.to_user_id, 'the customer')}, {notice.kind}, {notice.channel}"


def example(verb: Verb, case: Case, user: User) -> list[str]:
    """What one verb leaves behind; nothing of it stays."""
    names, since = Names(), Notice.objects.aggregate(newest=Max("pk", default=0))["newest"]
    events = case.events.filter(sequence__gt=case.events.latest("sequence").sequence).order_by("sequence")
    with transaction.atomic():
        given = verb.form.read(verb.form.example(Dossier(case, NOON, reader=user)) | GIVEN.get(verb.name, {}))
        verb(case.reference, actor=user, at=NOON, **given)
        told = [line for event in events for line in lines_of(event, names)]
        told += told_of(case, since, names)
        transaction.set_rollback(True)
    return told


def offers(case: Case, wanted: list[str]) -> Iterator[tuple[str, User]]:
    """Those of the verbs that are open here, each with the first who may use it."""
    dossier = Dossier(case, NOON)
    for user in map(who, PEOPLE):
        if wanted and Case.objects.reachable_by(user).filter(pk=case.pk).exists():
            fresh = [name for name in wanted if not VERBS[name].why_not(dossier, user, NOON)]
            wanted = [name for name in wanted if name not in fresh]
            yield from ((name, user) for name in fresh)


@pytest.fixture
def shown(house) -> str:
    """A verb, and the first position of the walk in which it is open; a grant of everything that may be asked for."""
    found: dict[str, list[str]] = defaultdict(list)
    for position, way in (POSITIONS | ASKED).items():
        with transaction.atomic():
            case = walked(house, *way)
            once_more(case)
            for name, user in offers(case, [one for one in VERBS if one not in found or AGAIN.get(position) == one]):
                found[name] += ["", position.capitalize() + ":", "", "```text"]
                found[name] += [*example(VERBS[name], case, user), "```"]
            transaction.set_rollback(True)
    page = "\n\n".join("\n".join([f"## {name}", *found[name]]) for name in VERBS if name in found) + "\n"
    return REFERENCE.sub("#", page)


def test_the_page_shows_what_every_verb_writes(shown):
    page = PAGE.read_text().partition("\n## ")[0] + "\n" + shown
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "run it with WRITE_DOCS=1, and read what is different"
