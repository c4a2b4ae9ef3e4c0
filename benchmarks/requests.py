"""What people and programs ask of lists, queues and reports, with the cases of `manage.py seed`.

Measured by benchmarks/scale.py, and guarded by tests/demo/test_pages_read.py.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from complaints.concerned import led_by
from complaints.desk.listing import ORDERS
from complaints.desk.queue import TABS
from complaints.models import Case
from organization.models import User
from organization.rights import rights_of

AT_DESK = ("state", "nature", "level", "category", "channel", "pressed", "without_rule", "unit", "owner")
BY_NAME = {"unit", "owner"}  # one that has cases, and one that nobody is called


class Request(NamedTuple):
    kind: str
    address: str
    query: dict[str, str]


def api_requests() -> Iterator[Request]:
    """What programs and people ask of the API."""
    cases = "/api/v1/cases/"
    for ordering in ("-received_at", "next_due_at"):
        yield Request("list", cases, {"ordering": ordering})
        for name, values in filters().items():
            for value in values:
                yield Request("search" if name == "q" else "filter", cases, {"ordering": ordering, name: value})
    yield Request("due", "/api/v1/sla/due/", {"hours": "72"})


# Lists of what hangs on cases.
BY_KIND = [("transfers", {}), *(("redress", {"which": which}) for which in ("owed", "withdrawn", "all"))]
BY_KIND += [("promises", {"which": which}) for which in ("open", "broken", "all")]
BY_KIND += [("absences", {"which": which}) for which in ("now", "coming", "past")]
BY_KIND += [("tasks", {"which": which}) for which in ("open", "ended", "sent", "orders")]


def concerning(user: User) -> Iterator[Request]:
    """What whoever leads a unit asks about cases that others handle."""
    if next(led_by(user), None) is not None:
        yield from (Request("desk list", reverse("desk:concerned"), {"which": which}) for which in ("open", "all"))


def desk_requests(user: User) -> Iterator[Request]:
    """What people ask of the desk, as far as this one may."""
    rights, now = rights_of(user), timezone.now()
    for tab in TABS:
        if rights.has(tab.verb):
            yield Request("queue", reverse("desk:queue"), {"tab": tab.key})
    for ordering, _label in ORDERS:
        yield Request("desk list", reverse("desk:cases"), {"ordering": ordering})
    yield from filtered()
    yield from (Request("desk list", reverse(f"desk:{name}"), which) for name, which in BY_KIND)
    yield from concerning(user)
    if rights.has("export"):
        yield from (Request("desk list", reverse(f"desk:{name}"), {}) for name in ("jobs", "ledgers"))
    if rights.has("view_sla_report"):
        yield Request("report", reverse("quality:sla-report"), {"period": "12m"})
        yield Request("process", reverse("quality:process"), {})
        for basis in ("", "statutory"):
            yield Request("due", reverse("quality:due"), {"due_to": iso(now), "basis": basis})
            later = {"due_from": iso(now), "due_to": iso(now + timedelta(hours=72))}
            yield Request("due", reverse("quality:due"), {**later, "basis": basis})
        for by in ("unit", "channel", "owner"):
            yield Request("report", "/api/v1/sla/report/", {"by": by})


def filtered() -> Iterator[Request]:
    """The list of the desk by each of its boxes."""
    values = filters()
    for name in AT_DESK:
        for value in values[name] if name in BY_NAME else values[name][-1:]:
            yield Request("desk list", reverse("desk:cases"), {name: value})


def filters() -> dict[str, list[str]]:
    """Filter of the list -> values: one that many have, one that few have or nobody."""
    some = Case.objects.filter(owner__isnull=False, team__isnull=False).select_related("owner", "team").latest("pk")
    assert some.owner is not None and some.team is not None
    now = timezone.now()
    return {
        "state": ["closed", "received", "merged"],
        "nature": ["complaint", "praise", "tip_off"],
        "level": ["ordinary", "major"],
        "owner": [some.owner.username, "nobody"],
        "team": [some.team.name, "nobody"],
        "unit": ["LC", "L101", "nobody"],
        "channel": ["phone", "email"],
        "business_line": ["nobody"],
        "category": [of_a_case("category"), "B0603"],
        "reason": [of_a_case("reason"), "C01"],
        "without_rule": ["true"],
        "pressed": ["true"],
        "due_before": [iso(now), iso(now - timedelta(days=900))],
        "received_from": [iso(now - timedelta(days=1))],
        "received_to": [iso(now - timedelta(days=300))],
        "q": ["年费", "从无此词"],
    }


def of_a_case(field: str) -> str:
    """A value that some cases have."""
    having = Case.objects.exclude(**{field: None}).exclude(**{f"{field}__exact": ""})
    return str(having.values_list(field, flat=True)[0])


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
