"""团队: who is there, and what each has in hand; from here a lead hands over the cases of somebody who is away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from complaints.desk.rows import PagesForPeople
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx, may_see_loads
from complaints.services.falling import ANSWERING
from complaints.services.loads import Load, loads_of
from organization.models import Membership, User
from organization.rights import permissions, rights_of
from organization.scope import area, scoped
from organization.services import back_at


@dataclass(frozen=True)
class Colleague:
    """One person, and what they have in hand of the cases in the reader's area."""

    person: User
    places: str
    back_at: datetime | None  # of who is away
    load: Load


class ByName:
    orderings = ("display_name",)


@require_GET
@desk_page
def team_page(request: StaffRequest) -> HttpResponse:
    if not may_see_loads(request):
        raise PermissionDenied
    at = timezone.now()
    pages = PagesForPeople()
    people = pages.page(people_in_scope(request.user, at), request, ByName())
    shown: dict[str, Any] = {"colleagues": colleagues(people, request.user, at), "more": pages.next}
    shown["may_hand_over"] = rights_of(request.user).has("assign")
    if is_htmx(request):
        return fragment(request, "desk/_loads.html", **shown)
    return framed(request, "desk/team.html", title=_("Team"), **shown)


def people_in_scope(user: User, at: datetime) -> QuerySet[Any]:
    """Those with a role, in the units that the user reads, by which a case may be theirs; of who is away `back_at`."""
    people = User.objects.filter(pk__in=roles_in_scope(user).values("user"), is_service=False, is_active=True)
    return people.annotate(back_at=back_at(at))


def roles_in_scope(user: User) -> QuerySet[Membership]:
    owning = {role for verb in ANSWERING for role in permissions()[verb]}
    columns = {"unit": "unit_id", "brought": "", "line": "", "nature": "", "barred": ""}
    return scoped(Membership.objects.in_force().filter(role__in=owning), user, **columns)


def colleagues(people: list[Any], user: User, at: datetime) -> list[Colleague]:
    """Two statements for all of them. people: of `people_in_scope`"""
    places: dict[int, list[str]] = {}
    for role in roles_in_scope(user).filter(user__in=people).select_related("unit", "team").order_by("pk"):
        place = f"{role.unit} {role.team or ''}".strip()
        if place not in places.setdefault(role.user_id, []):
            places[role.user_id].append(place)
    loads = loads_of([person.pk for person in people], at=at, within=area(user))
    return [
        Colleague(person, "、".join(places.get(person.pk, [])), person.back_at, loads.get(person.pk, Load()))
        for person in people
    ]
