"""The conditions that the database asks agree with the reckoning, for every role and right over rows in all places."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from complaints import reading
from complaints.models import Case
from organization.models import BusinessLine, Role, Unit, User
from organization.rights import Rights
from organization.scope import area
from organization.services import create_entity, create_team, create_unit
from tests.people import NOON
from tests.wall.test_rights_of_verbs import LIES, ONES, TABLE, WHO, Lie, Seat, exists_for, grants, membership

AWAY = [lie for lie in LIES if not (lie.unit == "abroad" and lie.part in {"owner", "offered", "first receiver"})]
SEATS = [
    *(Seat(role, "own", team, line) for role in Role for team, line in (("mine", ""), ("", "cards"))),
    *(Seat(role, "root") for role in Role),
]


class Ground:
    """The rows of the places, and a person who takes one seat after the other."""

    def __init__(self, root: Unit) -> None:
        below = {"kind": Unit.Kind.BRANCH, "parent": root}
        own = create_unit("own", name="本行", **below)
        self.units = {
            "root": root,
            "own": own,
            "below": create_unit("below", name="支行", kind=Unit.Kind.SUB_BRANCH, parent=own),
            "sister": create_unit("sister", name="邻行", **below),
            "abroad": create_entity("other", name="另一机构", root="abroad", root_name="另一总部"),
        }
        self.teams = {"": None, "mine": create_team(own, "mine"), "another": create_team(own, "another")}
        self.lines = {"": None, **{row.code: row for row in BusinessLine.objects.filter(code__in=["cards", "loans"])}}
        self.me = User.objects.create(username="somebody", legal_entity=root.legal_entity)
        self.others = {
            unit.legal_entity_id: User.objects.create(username=f"other.{unit.code}", legal_entity=unit.legal_entity)
            for unit in (root, self.units["abroad"])
        }
        rows = Case.objects.bulk_create(self.lying(number, lie) for number, lie in enumerate(AWAY))
        self.lies = {row.pk: lie for row, lie in zip(rows, AWAY, strict=True)}

    def lying(self, number: int, lie: Lie) -> Case:
        unit = self.units[lie.unit]
        who = {
            name: self.me.pk if lie.part == part else self.others[unit.legal_entity_id].pk for name, part in WHO.items()
        }
        moment = {"received_at": NOON - timedelta(minutes=number)}
        offered = {"offered_unit": self.units[lie.units[1]]}
        place = {"legal_entity": unit.legal_entity, "handling_unit": unit, "receiving_unit": unit, **offered}
        what = {"team": self.teams[lie.team], "business_line": self.lines[lie.line], "nature": lie.nature}
        what["barred"] = [self.me.pk] if lie.barred else []
        return Case(reference=f"C{number:06d}", channel="phone", **who, **moment, **place, **what)

    def seated(self, *seats: Seat) -> User:
        """The person as one request sees them."""
        user = User.objects.get(pk=self.me.pk)
        held = [membership(seat) for seat in seats]
        for one, seat in zip(held, seats, strict=True):
            one.unit = self.units[seat.unit] if one.unit else None
            one.team, one.business_line = self.teams[seat.team], self.lines[seat.line]
        if seats[0].role == Role.GROUP_ADMINISTRATOR:
            user.legal_entity = None
        user.read_rights = Rights(user, memberships=held)
        return user

    def where(self, found) -> set[Lie]:
        return {self.lies[pk] for pk in found.values_list("pk", flat=True)}


@pytest.fixture
def ground(institution) -> Ground:
    return Ground(institution)


def in_area(seat: Seat, verb: str, lie: Lie) -> bool:
    """A list is read by units, by the entity or by what a program brought in; that it was given to me is no place."""
    placed = TABLE[verb].get(seat.role) in {"unit", "all"} or seat.role == Role.INTEGRATION
    given = lie._replace(part="" if lie.part in {"owner", "offered"} else lie.part, offered="")
    return placed and grants(seat, verb, given)


def listed(user: User) -> list[Case]:
    """What a list page reads, on one page after the other."""
    pages, found, cursor = reading.InArea(user, Case.objects.only("pk")), [], "/?page_size=200"
    while cursor:
        request = Request(RequestFactory().get(cursor))
        found += pages.paginate_queryset(Case.objects.all(), request, view=SimpleNamespace(orderings=("-received_at",)))
        cursor = pages.next
    return found


def test_every_condition_of_every_role(ground):
    wrong, asked = [], 0
    for seat in SEATS:
        user = ground.seated(seat)
        for verb in (verb for verb, roles in TABLE.items() if seat.role in roles):
            conditions = {
                "reach": (user.read_rights.reach(verb), {lie for lie in AWAY if grants(seat, verb, lie)}),
                "area": (area(user, verb=verb), {lie for lie in AWAY if in_area(seat, verb, lie)}),
            }
            for name, (condition, there) in conditions.items():
                asked += 1
                wrong += [(seat, verb, name)] * (ground.where(Case.objects.filter(condition)) != there)
        for verb in TABLE.keys() - {verb for verb, roles in TABLE.items() if seat.role in roles}:
            wrong += [(seat, verb)] * bool(Case.objects.filter(area(user, verb=verb) | user.read_rights.reach(verb)))
    assert wrong[:20] == []
    assert asked > 1_000


def test_every_list_and_every_look_up_of_every_role(ground):
    wrong = []
    for seat in SEATS:
        user = ground.seated(seat)
        there = {lie for lie in AWAY if in_area(seat, "view", lie)}
        wrong += [(seat, "visible_to")] * (ground.where(Case.objects.visible_to(user)) != there)
        wrong += [(seat, "lists")] * (
            [ground.lies[one.pk] for one in listed(user)] != [one for one in AWAY if one in there]
        )
        reached = ground.where(Case.objects.reachable_by(user))
        wrong += [(seat, "reachable_by")] * (reached != {lie for lie in AWAY if exists_for((seat,), lie)})
    assert wrong == []


def test_a_look_up_by_reference_reaches_what_the_condition_does(ground):
    wrong = []
    for role in Role:
        user = ground.seated(Seat(role, "own", "mine"))
        for case in Case.objects.filter(
            business_line=ground.lines["loans"], handling_unit__code__in=["sister", "abroad"]
        ):
            found = reading.reached(Case.objects.only("pk"), case.reference, user) is not None
            wrong += [(role, ground.lies[case.pk])] * (
                found != exists_for((Seat(role, "own", "mine"),), ground.lies[case.pk])
            )
    assert wrong == []


def test_two_roles_in_two_units_list_what_each_of_them_lists(ground):
    wrong = []
    for one in sorted(set(ONES) - {Role.INTEGRATION}):  # a program has no other role
        for other in (Role.HANDLER, Role.DISCIPLINE, Role.COMPLIANCE_AUDITOR, Role.SECURITY_ADMINISTRATOR):
            seats = (Seat(one, "own", "", "cards"), Seat(other, "sister"))
            user = ground.seated(*seats)
            there = {lie for lie in AWAY if any(in_area(seat, "view", lie) for seat in seats)}
            wrong += [seats] * (ground.where(Case.objects.visible_to(user)) != there)
            wrong += [seats] * ({ground.lies[case.pk] for case in listed(user)} != there)
    assert wrong == []
