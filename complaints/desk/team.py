"""团队: who is there, and what each has in hand; from here a lead hands over the cases of somebody who is away."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from complaints.desk.rows import PagesForPeople
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx, may_see_loads
from complaints.models import Case
from complaints.services.falling import ANSWERING
from organization.models import Membership, User
from organization.rights import permissions, rights_of
from organization.scope import area, scoped
from organization.services import is_present


@dataclass(frozen=True)
class Load:
    """What one person has in hand, of the cases in the reader's area."""

    person: User
    places: str
    absent: bool
    in_hand: int = 0
    due_today: int = 0
    overdue: int = 0


class ByName:
    orderings = ("display_name",)


@require_GET
@desk_page
def team_page(request: StaffRequest) -> HttpResponse:
    if not may_see_loads(request):
        raise PermissionDenied
    at = timezone.now()
    pages = PagesForPeople()
    people = pages.page(people_in_scope(request.user), request, ByName())
    shown: dict[str, Any] = {"loads": loads_of(people, request.user, at), "more": pages.next}
    shown["may_hand_over"] = rights_of(request.user).has("assign")
    if is_htmx(request):
        return fragment(request, "desk/_loads.html", **shown)
    return framed(request, "desk/team.html", title=_("Team"), **shown)


def people_in_scope(user: User) -> QuerySet[User]:
    """Those with a role, in the units that the user reads, by which a case may be theirs."""
    return User.objects.filter(pk__in=roles_in_scope(user).values("user"), is_service=False, is_active=True)


def roles_in_scope(user: User) -> QuerySet[Membership]:
    owning = {role for verb in ANSWERING for role in permissions()[verb]}
    columns = {"unit": "unit_id", "brought": "", "line": "", "nature": "", "barred": ""}
    return scoped(Membership.objects.in_force().filter(role__in=owning), user, **columns)


def loads_of(people: list[User], user: User, at: datetime) -> list[Load]:
    """Two statements for all of them; of cases, the open ones of these people are counted and no others."""
    places: dict[int, list[str]] = {}
    for role in roles_in_scope(user).filter(user__in=people).select_related("unit", "team").order_by("pk"):
        place = f"{role.unit} {role.team or ''}".strip()
        if place not in places.setdefault(role.user_id, []):
            places[role.user_id].append(place)
    tomorrow = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    overdue = Q(next_due_at__lt=at)
    counts = (
        Case.objects.filter(area(user), owner__in=[person.pk for person in people])
        .open()
        .values("owner")
        .annotate(
            in_hand=Count("pk"),
            due_today=Count("pk", filter=~overdue & Q(next_due_at__lt=tomorrow)),
            overdue=Count("pk", filter=overdue),
        )
        .order_by(F("owner"))
    )
    found = {row["owner"]: (row["in_hand"], row["due_today"], row["overdue"]) for row in counts}
    return [
        Load(person, "、".join(places.get(person.pk, [])), not is_present(person, at), *found.get(person.pk, (0, 0, 0)))
        for person in people
    ]
