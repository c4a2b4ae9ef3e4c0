"""Who can take a case over, for one box to type into: people with their load and presence, teams, units."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from complaints.desk.casepage import reached
from complaints.desk.shell import StaffRequest, desk_page
from complaints.desk.units import LONGEST, SHOWN, fitting
from complaints.models import Case
from complaints.services.loads import Load, loads_of, most_in_hand
from organization.models import Membership, Team, User
from organization.places import tips_of
from organization.rights import barred, permissions, rights_of
from organization.services import back_at
from organization.services.spelling import named

OFFERS = ("assign", "transfer")
LOOKED_AT = 120  # people of whom the load is counted; who is not among them is typed further


@dataclass(frozen=True)
class Taker:
    """One line of the box. sets: what the form of an offer then holds."""

    value: str
    text: str
    detail: str
    sets: dict[str, str] = field(default_factory=dict)


@require_GET
@desk_page
def takers(request: StaffRequest, reference: str) -> HttpResponse:
    """What fits the words, as JSON: people first, the least busy of those who are there before the others."""
    case = reached(request, reference)
    if not any(rights_of(request.user).allows(verb, case) for verb in OFFERS):
        raise PermissionDenied
    words = request.GET.get("q", "").strip()[:LONGEST]
    found = [*people(case, words, timezone.now()), *teams(case, words), *units(case, words)]
    return JsonResponse({"results": [asdict(one) for one in found]})


def people(case: Case, words: str, at: datetime) -> list[Taker]:
    """Who may sign for it in the legal entity of the case, and is not barred from it."""
    places = {row.user: row for row in memberships(case, words, at) if not barred(case, row.user)}
    loads = loads_of([person.pk for person in places], at=at)
    ordered = sorted(
        places.items(),
        key=lambda one: (
            words not in {one[0].username, one[0].staff_number, one[0].display_name},
            one[1].unit_id != case.handling_unit_id,
            one[1].back_at is not None,
            is_full(one[1], loads.get(one[0].pk, Load())),
            loads.get(one[0].pk, Load()),
        ),
    )
    return [line(person, row, loads.get(person.pk, Load())) for person, row in ordered[:SHOWN]]


def memberships(case: Case, words: str, at: datetime) -> Iterable[Any]:
    """The newest role of each comes last, and so counts: there the person works. back_at: of who is away"""
    roles = [role for role in permissions()["accept"] if tips_of(role) in {None, case.nature == "tip_off"}]
    rows = Membership.objects.in_force().filter(
        role__in=roles, legal_entity_id=case.legal_entity_id, user__is_active=True, user__is_service=False
    )
    if words:
        rows = rows.filter(
            named(words, "user__display_name") | Q(user__username__istartswith=words) | Q(user__staff_number=words)
        )
    away = ExpressionWrapper(~Q(unit=case.handling_unit_id), BooleanField())
    ids = list(rows.order_by(away, "unit__path", "user__display_name").values_list("pk", flat=True)[:LOOKED_AT])
    chosen = Membership.objects.filter(pk__in=ids).select_related("user", "unit", "team")
    return chosen.annotate(back_at=back_at(at, "user")).order_by("valid_from", "pk")


def is_full(row: Any, load: Load) -> bool:
    limit = most_in_hand([row])
    return limit is not None and load.in_hand >= limit


def line(person: User, row: Any, load: Load) -> Taker:
    place = " ".join(str(one) for one in (row.unit, row.team) if one)
    busy = _("{count} in hand").format(count=load.in_hand)
    due = load.due_today + load.overdue
    today = _("{count} due today").format(count=due)
    there = _("at work")
    if row.back_at is not None:
        there = _("absent until {day}").format(day=f"{timezone.localtime(row.back_at):%m-%d}")
    full = [_("full")] if is_full(row, load) else []
    detail = " · ".join([place, busy, *full, *([today] if due else []), there])
    return Taker(f"to:{person.username}", person.display_name, detail, {"to": person.username})


def teams(case: Case, words: str) -> Iterator[Taker]:
    rows = Team.objects.filter(legal_entity_id=case.legal_entity_id).select_related("unit")
    fits = named(words) if words else Q(unit=case.handling_unit_id)
    for team in rows.filter(fits).order_by("unit__path", "name")[:SHOWN]:
        unit = team.unit
        yield Taker(
            f"team:{unit.code}/{team.name}", f"{unit} {team}", _("Team"), {"unit": unit.code, "team": team.name}
        )


def units(case: Case, words: str) -> Iterator[Taker]:
    rows = fitting(case.legal_entity_id, words)
    for unit in (rows if words else rows.filter(pk=case.handling_unit_id))[:SHOWN]:
        yield Taker(f"unit:{unit.code}", unit.name, f"{_('Unit')} · {unit.code}", {"unit": unit.code})
