"""Where a case goes: a unit, a team and a person, never one that is barred."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from complaints.dossier import Dossier
from complaints.errors import NamedInTheComplaint
from complaints.models import Case, Nature
from organization.models import Role, Team, Unit, User
from organization.services import complaint_post, complaint_post_cached, is_at_work, who_may
from sqm_site.errors import DomainError, Invalid


@dataclass(frozen=True)
class Target:
    """Where an offer goes. person: named by whoever offers; None: to the queue of the unit or team."""

    unit: Unit
    person: User | None
    team: Team | None

    def answering(self, case: Case, *, at: datetime) -> User:
        """The one person who signs for it or sends it back: the named one, the team's lead, the unit's post."""
        if self.person is not None:
            return self.person
        lead = self.team.lead if self.team else None
        if lead is not None and is_at_work(lead, at) and not is_named(case, lead):
            return lead
        return complaint_post(self.unit, at, barred=partial(is_named, case))


def resolve(case: Case, *, unit: str, to: str, team: str) -> Target:
    """Turn the codes of an offer into rows. Raises Invalid, naming the field that does not fit."""
    person = _person(case, to) if to else None
    place = _unit(case, unit) if unit else (home_of(person) if person else case.handling_unit)
    if person is None and not unit and not team:
        raise Invalid({"unit": [_("Say to which unit, team or person the case goes.")]})
    return Target(unit=place, person=person, team=_team(place, team) if team else None)


def home_of(person: User) -> Unit:
    """The unit in which a person works: that of the newest membership in force."""
    membership = person.memberships.in_force().select_related("unit").order_by("-valid_from", "-pk").first()
    if membership is None or membership.unit is None:
        raise Invalid({"to": [_("This person has no role in any unit at present.")]})
    return membership.unit


def first_owner(case: Case, *, at: datetime) -> User:
    """The complaint post of the unit, whom the complaint does not name; of a tip-off the office of discipline."""
    if case.nature == Nature.TIP_OFF:
        discipline = who_may("start", case, [Role.DISCIPLINE], at=at)
        if discipline is not None:
            return discipline
    if case.named_staff:
        return complaint_post(case.handling_unit, at, barred=partial(is_named, case))
    return complaint_post_cached(case.handling_unit, at)


def is_named(case: Case, person: User) -> bool:
    """回避: whoever the complaint names does not handle it."""
    return bool(set(names_of(person)) & set(case.named_staff))


def not_the_named(dossier: Dossier, *, actor: User, given: Mapping[str, Any]) -> DomainError | None:
    """Whoever the complaint names neither signs for the case, nor begins with it, nor takes it, nor corrects it."""
    return NamedInTheComplaint() if is_named(dossier.case, actor) else None


def names_of(person: User) -> list[str]:
    """How customers may name a colleague."""
    return [name for name in (person.username, person.display_name) if name]


def _person(case: Case, username: str) -> User:
    """Raises Invalid: somebody of another legal entity is nobody."""
    people = User.objects.filter(legal_entity_id=case.legal_entity_id, is_active=True, is_service=False)
    person = people.filter(username=username).first()
    if person is None:
        raise Invalid({"to": [_("There is no active person with this user name.")]})
    if is_named(case, person):
        raise Invalid({"to": [_("The complaint names this person: choose somebody else (recusal).")]})
    return person


def _unit(case: Case, code: str) -> Unit:
    unit = Unit.objects.filter(code=code, legal_entity_id=case.legal_entity_id).first()
    if unit is None:
        raise Invalid({"unit": [_("There is no unit with this code.")]})
    return unit


def _team(unit: Unit, name: str) -> Team:
    team = Team.objects.filter(unit=unit, name=name).first()
    if team is None:
        raise Invalid({"team": [_("There is no team of this name in the unit.")]})
    return team
