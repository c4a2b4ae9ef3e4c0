"""What can be typed into the fields that name a unit, a team or a person."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.desk.forms import Control
from complaints.desk.units import name_units
from complaints.dossier import Dossier
from complaints.models import Case
from complaints.services.recusal import could_be_let_in
from complaints.verbs.linking import near
from complaints.verbs.merging import mergeable_into
from complaints.verbs.recusal import likely, name_meant
from organization.models import Membership, Team, Unit, User

MOST = 300  # names in one list; a longer list is typed, not chosen


def suggest(controls: list[Control], case: Case, user: User) -> list[Control]:
    """Fill the suggestions of an offer's fields, of who is named or let in, of other cases; and name the units."""
    name_units(controls, case.legal_entity_id)
    for one in controls:
        if one.name == "person":
            one.suggestions = likely(case, name_meant(case, {}))
        elif one.name == "colleague":
            rows = could_be_let_in(case, timezone.now())
            one.suggestions = [(person.username, person.display_name) for person in rows]
        elif one.name in {"into", "other"}:
            found = (mergeable_into if one.name == "into" else near)(Dossier(case), user)
            one.suggestions = [(other.reference, called(other)) for other in found]
    if not {"unit", "to", "team"} <= {one.name for one in controls}:
        return controls
    for one in controls:
        if one.name in SUGGESTIONS:
            one.suggestions = SUGGESTIONS[one.name](case)
    return [picker(controls, case), *controls]


def called(case: Case) -> str:
    """What tells one case of a customer from the next."""
    said = (timezone.localdate(case.received_at), case.get_state_display(), case.subject)
    return " · ".join(str(one) for one in said if one)


def picker(controls: list[Control], case: Case) -> Control:
    """One box for all three: it writes into them, and shows what is wrong with them."""
    three = [one for one in controls if one.name in SUGGESTIONS]
    wrong = [error for one in three for error in one.errors]
    for one in three:
        one.errors = []
    asks = reverse("desk:takers", args=[case.reference])
    return Control(name="taker", label=_("To whom"), widget="taker", value=asks, starred=True, errors=wrong, alone=True)


def units(case: Case) -> list[tuple[str, str]]:
    rows = Unit.objects.filter(legal_entity_id=case.legal_entity_id).order_by("path")
    return list(rows.values_list("code", "name")[:MOST])


def teams(case: Case) -> list[tuple[str, str]]:
    rows = Team.objects.filter(unit__legal_entity_id=case.legal_entity_id).order_by("unit__path", "name")
    return list(rows.values_list("name", "unit__name")[:MOST])


def people(case: Case) -> list[tuple[str, str]]:
    """Who works in the handling unit comes first."""
    rows = (
        Membership.objects.in_force()
        .filter(unit__legal_entity_id=case.legal_entity_id, user__is_active=True, user__is_service=False)
        .order_by("unit__path", "user__display_name")
        .values_list("user__username", "user__display_name", "unit__name", "unit_id")[:MOST]
    )
    names = {name: (f"{shown} {place}", unit != case.handling_unit_id) for name, shown, place, unit in rows}
    return [(name, shown) for name, (shown, _away) in sorted(names.items(), key=lambda pair: pair[1][1])]


SUGGESTIONS = {"unit": units, "team": teams, "to": people}
