"""常用视图: saved by a reader for themselves, or by who leads a team for it; dropped by the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from complaints.api.filters import CaseFilter
from complaints.models import Case, SavedView
from complaints.models.task import LEADING
from complaints.services.taxonomy import CATEGORY_B, REASON_C, codes
from organization.models import BusinessLine, Role, Team, Unit, User
from organization.rights import rights_of
from sqm_site.errors import Forbidden, Invalid
from sqm_site.locking import hold_until_commit

MOST = 30  # views of a person, and of a team
LONGEST = 40  # characters of a name
ORDERING = "ordering"
# What is searched for is not kept, see SavedView.
FILTERS = tuple(name for name in CaseFilter.base_filters if name != "q")


def teams_led(user: User) -> list[Team]:
    """The teams for which somebody may save a view: those they lead, and those of units below what they lead."""
    rights = rights_of(user)
    below = set().union(*(rights.subtree(seat) for seat in rights.memberships if seat.role in LEADING))
    seats = {seat.team_id for seat in rights.memberships if seat.role == Role.TEAM_LEAD and seat.team_id is not None}
    rows = Team.objects.filter(Q(pk__in=seats) | Q(lead=user) | Q(unit__in=below), legal_entity_id=user.legal_entity_id)
    return list(rows.select_related("unit").order_by("unit__path", "name"))


def asked_for(given: QueryDict) -> dict[str, list[str]]:
    """What of a query a view keeps: filters that say something, and the order."""
    return {name: values for name in (*FILTERS, ORDERING) if any(values := given.getlist(name))}


@transaction.atomic
def save_view(name: str, query: Mapping[str, Sequence[str]], *, by: User, team: Team | None, at: datetime) -> SavedView:
    """Keep a view under a new name, or what is kept under that name anew. Raises Invalid, Forbidden."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST:
        raise Invalid({"name": [str(_("Give the view a name of at most {count} characters.").format(count=LONGEST))]})
    if team is not None and team not in teams_led(by):
        raise Forbidden
    hold_until_commit(f"views {team.pk if team else by.pk} {team is not None}")
    of = {"team": team} if team else {"by": by, "team": None}
    rows = SavedView.objects.filter(**of)
    if not rows.filter(name=name).exists() and rows.count() >= MOST:
        raise Invalid({"name": [str(_("There are {count} views already: delete one first.").format(count=MOST))]})
    facts = {"by": by, "query": {**query}, "at": at, "legal_entity_id": by.legal_entity_id}
    return SavedView.objects.update_or_create(**of, name=name, defaults=facts)[0]


def may_drop(view: SavedView, user: User, led: Iterable[Team]) -> bool:
    return view.team in led if view.team else view.by_id == user.pk


def still_valid(view: SavedView) -> tuple[QueryDict, list[str]]:
    """The query of a view without the filters that mean nothing any more, and the names of these."""
    given = QueryDict(mutable=True)
    for name, values in view.query.items():
        given.setlist(name, [str(one) for one in values])
    chosen = CaseFilter(given, queryset=Case.objects.all())
    gone = [] if chosen.is_valid() else [name for name in chosen.errors if name in given]
    entity = view.legal_entity_id
    gone += [name for name, there in THERE.items() if name in given and not there(entity, given.get(name, ""))]
    for name in gone:
        del given[name]
    return given, gone


# What a filter names by a code or a name, and may be gone meanwhile.
THERE: dict[str, Callable[[int, str], bool]] = {
    "unit": lambda entity, code: Unit.objects.filter(legal_entity=entity, code=code).exists(),
    "owner": lambda entity, name: User.objects.filter(legal_entity=entity, username=name, is_active=True).exists(),
    "team": lambda entity, name: Team.objects.filter(legal_entity=entity, name=name).exists(),
    "business_line": lambda _entity, code: BusinessLine.objects.filter(code=code).exists(),
    "category": lambda _entity, code: code in codes(CATEGORY_B),
    "reason": lambda _entity, code: code in codes(REASON_C),
}
