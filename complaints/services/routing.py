"""Where a case goes: a unit, a team and a person, never one that is barred.

Rules (路由规则) are asked where a program brings a case in for its own unit. A unit that the message names stands, what
a body transferred, a tip-off and what concerns a colleague (回避) go as they always do, and whoever registers a case
has it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Arrival, Case, Nature, RoutingRule
from complaints.services.recusal import post_above
from complaints.services.remedies import may_handle
from organization.models import Absence, ApiClient, ClientChannel, Team, Unit, User
from organization.rights import barred
from organization.services import absence_of, is_at_work
from sqm_site.errors import Invalid
from sqm_site.remembering import Memory

RULES: Memory[tuple[RoutingRule, ...]] = Memory(5)  # legal entity -> its rules


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
        if lead is not None and is_at_work(lead, at) and not barred(case, lead):
            return lead
        return post_above(case, self.unit, at)


def sent_by_rule(case: Case, client: ApiClient | None, *, at: datetime) -> RoutingRule | None:
    """Lay a case that comes in where a rule says. Returns the rule."""
    rule = rule_for(case, client, at=at)
    if rule is not None:
        case.handling_unit, case.team = rule.unit, rule.team
    return rule


def rule_for(case: Case, client: ApiClient | None, *, at: datetime) -> RoutingRule | None:
    """The rule that says where a case that comes in lies first. None: where it came in."""
    own_unit = client is not None and case.receiving_unit_id == client.unit_id
    if not own_unit or case.barred or goes_its_own_way(case.channel, case.nature, case.source):
        return None
    complained, day = case.complained_unit, timezone.localdate(at)
    arrival = Arrival(
        channel=case.channel,
        nature=case.nature,
        level=case.level,
        category=case.category,
        line=case.business_line_id,
        complained=complained.path if complained else "",
    )
    return first_of([rule for rule in rules_of(case.legal_entity_id) if rule.holds_on(day)], arrival)


def goes_its_own_way(channel: str, nature: str, source: str) -> bool:
    return bool(source) or channel == ClientChannel.REGULATOR or nature == Nature.TIP_OFF


def rules_of(entity: int) -> tuple[RoutingRule, ...]:
    """Those of a legal entity in their order, at most five seconds old."""
    return RULES.get(entity, lambda: tuple(stored_rules(entity))) or ()


def stored_rules(entity: int) -> QuerySet[RoutingRule]:
    rows = RoutingRule.objects.filter(legal_entity=entity).select_related("unit", "team", "complained_unit")
    return rows.order_by("position", "pk")


def first_of(rules: Iterable[RoutingRule], arrival: Arrival) -> RoutingRule | None:
    return next((rule for rule in rules if rule.fits(arrival)), None)


def resolve(case: Case, *, unit: str, to: str, team: str) -> Target:
    """Turn the codes of an offer into rows. Raises Invalid, naming the field that does not fit."""
    person = _person(case, to) if to else None
    place = unit_named(case, unit) if unit else (home_of(person) if person else case.handling_unit)
    if person is None and not unit and not team:
        raise Invalid({"unit": [_("Say to which unit, team or person the case goes.")]})
    stays_with_the_superior(case, place, person)
    return Target(unit=place, person=person, team=_team(place, team) if team else None)


def stays_with_the_superior(case: Case, place: Unit, person: User | None) -> None:
    """Raises Invalid where a review would go below the institution it was put to."""
    said = _("A review stays with the superior institution: choose somebody there.")
    if not may_handle(case, place):
        raise Invalid({"unit": [said]})
    if person is not None and case.kind == Case.Kind.REVIEW:
        roles = person.memberships.in_force().select_related("unit")
        if not any(role.unit and may_handle(case, role.unit) for role in roles):
            raise Invalid({"to": [said]})


def named(case: Case, username: str) -> User | None:
    """The person of this name in the legal entity of the case."""
    return User.objects.filter(legal_entity_id=case.legal_entity_id, username=username, is_service=False).first()


def absent(case: Case, username: str, at: datetime) -> Absence | None:
    """The absence of the person of this name, if they are away at a moment."""
    person = named(case, username)
    return None if person is None else absence_of(person, at)


def stand_in(case: Case, person: User, at: datetime) -> User | None:
    """Who is there in somebody's stead: whom their absence names, B角 of their complaint post, the lead of their team,
    the post of their unit.
    """
    for one in standing_in(case, person, at):
        if one is not None and one != person and is_at_work(one, at) and not one.is_service and not barred(case, one):
            return one
    return None


def standing_in(case: Case, person: User, at: datetime) -> Iterator[User | None]:
    absence = absence_of(person, at)
    yield absence.substitute if absence else None
    for post in Unit.objects.filter(receiver=person).select_related("substitute").order_by("path"):
        yield post.substitute
    roles = person.memberships.in_force().select_related("team__lead", "unit").order_by("-valid_from", "-pk")
    for role in roles:
        yield role.team.lead if role.team else None
    for role in roles:
        yield post_above(case, role.unit, at) if role.unit else None


def home_of(person: User) -> Unit:
    """The unit in which a person works: that of the newest membership in force."""
    membership = person.memberships.in_force().select_related("unit").order_by("-valid_from", "-pk").first()
    if membership is None or membership.unit is None:
        raise Invalid({"to": [_("This person has no role in any unit at present.")]})
    return membership.unit


def _person(case: Case, username: str) -> User:
    """Raises Invalid: somebody of another legal entity is nobody."""
    people = User.objects.filter(legal_entity_id=case.legal_entity_id, is_active=True, is_service=False)
    person = people.filter(username=username).first()
    if person is None:
        raise Invalid({"to": [_("There is no active person with this user name.")]})
    if barred(case, person):
        raise Invalid({"to": [_("The complaint concerns this person: choose somebody else (recusal).")]})
    return person


def unit_named(case: Case, code: str, *, field: str = "unit") -> Unit:
    """The unit of this code in the legal entity of the case. Raises Invalid, naming the field."""
    unit = Unit.objects.filter(code=code, legal_entity_id=case.legal_entity_id).first()
    if unit is None:
        raise Invalid({field: [_("There is no unit with this code.")]})
    return unit


def _team(unit: Unit, name: str) -> Team:
    team = Team.objects.filter(unit=unit, name=name).first()
    if team is None:
        raise Invalid({"team": [_("There is no team of this name in the unit.")]})
    return team
