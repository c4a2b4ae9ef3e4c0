"""Every right and verb x role x place of the case, in process, against a reckoning of its own from permissions.yml.

The reckoning below reads the file and asks nothing of `organization.rights`. A verb that is added is in it by itself,
since the loops go over VERBS and the file; a position or a role that is added has to be reckoned here.
"""

from collections.abc import Iterator
from functools import cache
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
import yaml

from complaints.dossier import Dossier
from complaints.errors import NamedInTheComplaint, NotAllowed, WrongState
from complaints.models import Case, ExternalReference, Offer, Promise, Redress, Representative, Round, State, Task
from complaints.verbs import VERBS
from organization.models import Membership, Role, Unit, User
from organization.rights import Rights
from tests.people import NOON

TABLE: dict[str, dict[str, str]] = yaml.safe_load(Path("organization/permissions.yml").read_text(encoding="utf-8"))
# unit -> its path in the tree; the person works at `own`, or at the `root`
PATHS = {"root": "/1/", "own": "/1/2/", "below": "/1/2/3/", "sister": "/1/4/", "abroad": "/9/"}
IDS = {name: int(path.split("/")[-2]) for name, path in PATHS.items()}
TEAMS, LINES, ENTITIES = {"": None, "mine": 21, "another": 22}, {"": None, "cards": 31, "loans": 32}, {"A": 41, "B": 42}
ME = 51


class Seat(NamedTuple):
    """One membership."""

    role: str
    unit: str = "own"
    team: str = ""
    line: str = ""


class Lie(NamedTuple):
    """Where a case lies, what it is, and what the person is to it."""

    unit: str
    team: str = ""
    line: str = "loans"
    nature: str = "complaint"
    part: str = ""
    offered: str = ""  # to this unit; empty: to the one that handles it
    barred: bool = False  # it concerns the person

    @property
    def units(self) -> tuple[str, str]:
        return self.unit, self.offered or self.unit


# --- the reckoning ----------------------------------------------------------------------------------


def entity(unit: str) -> str:
    return "B" if unit == "abroad" else "A"


def grants(seat: Seat, verb: str, lie: Lie) -> bool:
    """Whether permissions.yml gives this seat the verb on a case that lies so."""
    position = TABLE[verb].get(seat.role)
    if position is None or seat.role == "group_administrator" or entity(lie.unit) != entity(seat.unit):
        return False
    if lie.barred:
        return False
    if seat.role == "integration":
        return lie.part == "brought in"
    if not knows_of(seat.role, lie.nature):
        return False
    if position in {"offered", "asked"}:
        return position == "asked" or lie.part == "offered"
    return lie.part in {"owner", "offered"} or near(seat, position, lie)


def knows_of(role: str, nature: str) -> bool:
    """Tip-offs are for discipline, which has nothing else; the auditor reads both."""
    return role == "compliance_auditor" or (role == "discipline") == (nature == "tip_off")


def near(seat: Seat, position: str, lie: Lie) -> bool:
    if seat.line and seat.line != lie.line:
        return False
    below = any(PATHS[unit].startswith(PATHS[seat.unit]) for unit in lie.units)
    if position == "above" and any(
        unit != seat.unit and PATHS[unit].startswith(PATHS[seat.unit]) for unit in lie.units
    ):
        return True
    if position in {"team", "above"}:
        return lie.team == seat.team if lie.team else lie.units[1] == seat.unit
    return {"own": False, "unit": below, "all": True}[position]


def exists_for(seats: tuple[Seat, ...], lie: Lie) -> bool:
    """Whether there is such a case for the person: in view, or, for who reads cases, by a part in it."""
    if any(grants(seat, "view", lie) for seat in seats):
        return True
    reads = any(seat.role in TABLE["view"] for seat in seats) and entity(lie.unit) == "A"
    told = lie.nature != "tip_off" or any(seat.role in {"discipline", "compliance_auditor"} for seat in seats)
    return reads and told and not lie.barred and lie.part in {"owner", "offered", "first receiver"}


# --- all the places ---------------------------------------------------------------------------------


PARTS = ("", "owner", "offered", "first receiver", "brought in")
SEATS = [
    *(Seat(role, "own", team, line) for role in Role for team, line in (("mine", ""), ("", ""), ("mine", "cards"))),
    *(Seat(role, "root") for role in Role),
]
LIES = (
    [
        Lie(unit, team, line, nature, part)
        for unit in PATHS
        for team in (TEAMS if unit == "own" else [""])
        for line in ("cards", "loans")
        for nature in ("complaint", "tip_off")
        for part in PARTS
    ]
    + [
        Lie(unit, line=line, nature=nature, offered=to)
        for unit, to in (("sister", "own"), ("own", "sister"), ("sister", "below"))
        for line in ("cards", "loans")
        for nature in ("complaint", "tip_off")
    ]
    + [
        Lie(unit, part=part, nature=nature, barred=True)
        for unit in ("root", "own", "below")
        for part in ("", "owner", "offered", "first receiver")
        for nature in ("complaint", "tip_off")
    ]
)
ONES = [role for role in Role if role != Role.GROUP_ADMINISTRATOR]  # who has that role has no other
PAIRS = [(Seat(one), Seat(other, "sister")) for one, other in permutations(ONES, 2)]


def membership(seat: Seat) -> Membership:
    unit = None if seat.role == "group_administrator" else unit_of(seat.unit)
    return Membership(role=seat.role, unit=unit, team_id=TEAMS[seat.team], business_line_id=LINES[seat.line])


@cache
def unit_of(name: str) -> Unit:
    parent = None if PATHS[name].count("/") == 2 else IDS["root"]
    return Unit(pk=IDS[name], path=PATHS[name], legal_entity_id=ENTITIES[entity(name)], parent_id=parent)


@cache
def rights(seats: tuple[Seat, ...]) -> Rights:
    of_group = any(seat.role == "group_administrator" for seat in seats)
    user = User(pk=ME, username="somebody", legal_entity_id=None if of_group else ENTITIES["A"])
    user.read_rights = Rights(user, memberships=[membership(seat) for seat in seats])
    return user.read_rights


def columns(lie: Lie) -> dict[str, object]:
    """The case as far as rights look at it."""
    who = {name: ME if lie.part == part else 59 for name, part in WHO.items()}
    return {
        **who,
        "handling_unit": unit_of(lie.unit),
        "handling_unit_id": IDS[lie.unit],
        "offered_unit": unit_of(lie.units[1]),
        "offered_unit_id": IDS[lie.units[1]],
        "legal_entity_id": ENTITIES[entity(lie.unit)],
        "team_id": TEAMS[lie.team],
        "business_line_id": LINES[lie.line],
        "nature": lie.nature,
        "barred": [ME] if lie.barred else [],
    }


WHO = {
    "owner_id": "owner",
    "offered_to_id": "offered",
    "first_receiver_id": "first receiver",
    "brought_by_id": "brought in",
}
CASES = [(lie, SimpleNamespace(**columns(lie))) for lie in LIES]


def test_every_right_of_every_role_in_every_place():
    wrong = []
    for seat in SEATS:
        asked = rights((seat,))
        for lie, case in CASES:
            wrong += [(seat, verb, lie) for verb in TABLE if asked.allows(verb, case) != grants(seat, verb, lie)]
            wrong += [(seat, "exists", lie)] * (asked.reaches(case) != exists_for((seat,), lie))
    assert wrong[:20] == []
    assert len(SEATS) * len(CASES) * (len(TABLE) + 1) > 400_000


def test_two_roles_in_two_units_add_up_and_never_mix():
    wrong = []
    some = [(lie, case) for lie, case in CASES if lie.line == "loans" and not lie.team and lie.part in {"", "owner"}]
    for seats in PAIRS:
        asked = rights(seats)
        for lie, case in some:
            both = [verb for verb in TABLE if asked.allows(verb, case)]
            wrong += [(seats, lie)] * (both != [verb for verb in TABLE if any(grants(one, verb, lie) for one in seats)])
            wrong += [(seats, "exists", lie)] * (asked.reaches(case) != exists_for(seats, lie))
    assert wrong[:20] == []


STARTS = {"close": "notified"}  # from the others it goes for what is no complaint
UNOFFERED = {*State} - {State.ASSIGNED}  # a case is assigned only with an offer


def steps() -> Iterator[tuple[str, str, str | None]]:
    """(verb, a state it starts from, a state it does not start from)."""
    for name in VERBS:
        starts = {str(edge.source) for edge in getattr(Case, name)._django_fsm.transitions.values()}
        yield name, STARTS.get(name) or max(starts & {*State}), min(UNOFFERED - starts, default=None)


def at_door(lie: Lie, state: str, name: str) -> Dossier:
    """A case that has all the verbs ask for, but for the right."""
    kind = Case.Kind.GROUP if name == "close_group" else Case.Kind.ORIGINAL
    case = Case(state=state, kind=kind, **columns(lie))
    case.open_offer, case.current_round = Offer(case=case, at=NOON), Round(case=case, began_at=NOON)
    dossier = Dossier(case)
    standing = {"awaits_decision": True, "is_open": lambda at: True}
    asked_for = SimpleNamespace(verb="decline", asked_by_id=59, pk=1, route=[], **standing)
    vars(dossier).update(all_approvals=[asked_for], done=set())
    vars(dossier).update(
        dict.fromkeys(["decisions", "spot_checks", "clocks", "contacts", "offers", "links", "open_signs"], [])
    )
    vars(dossier).update(liabilities=[], redress=[Redress(case=case, by_id=59, event_sequence=1)])
    vars(dossier)["representatives"] = [Representative(case=case, capacity="AGENT", event_sequence=1)]
    vars(dossier)["promises"] = [Promise(case=case, by_id=59, at=NOON, due_at=NOON, event_sequence=1)]
    asked = {"case": case, "unit": unit_of("own"), "to_id": ME, "by_id": 59, "at": NOON, "due_at": NOON}
    answered = {"answered_by_id": 59, "ended_at": NOON, "ended_as": "answered"}
    vars(dossier)["tasks"] = [Task(number=1, **asked), Task(number=2, **asked, **answered)]
    if name == "give_opinion":
        vars(dossier)["tasks"].append(Task(number=3, countersigns=1, **asked))
    vars(dossier)["countersignatures"] = []
    vars(dossier)["references"] = [ExternalReference(number="1", received_at=NOON)]
    return dossier


@pytest.mark.parametrize(("name", "state", "elsewhere"), [*steps()])
def test_a_verb_asks_for_the_right_of_its_name_after_the_state(name, state, elsewhere):
    """409 before 403, for every role in every place; and 403 exactly where the table gives nothing."""
    wrong = []
    seats = [seat for seat in SEATS if not seat.line and (seat.team or seat.unit == "root")]
    for lie in LIES:
        if lie.line == "loans":
            here, there = at_door(lie, state, name), at_door(lie, elsewhere, name) if elsewhere else None
            wrong += [(seat, lie) for seat in seats if (said(name, here, seat) in FORBIDDEN) == grants(seat, name, lie)]
            wrong += [(seat, lie) for seat in seats if there is not None and said(name, there, seat) is not WrongState]
    assert wrong[:20] == []


FORBIDDEN = {NotAllowed, NamedInTheComplaint}  # no right; none to what concerns the person


def said(name: str, dossier: Dossier, seat: Seat) -> type:
    return type(VERBS[name].closed(dossier, actor=rights((seat,)).user, at=NOON, given={}))
