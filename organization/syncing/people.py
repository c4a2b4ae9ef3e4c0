"""人员与任职: who works where, under which number and name, and with which roles."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organization.forms import ELSEWHERE, TWICE, meet
from organization.models import Membership, Role, Unit, User
from organization.models.membership import APART, DUTIES_APART
from organization.proposing_roles import DUTIES
from organization.syncing.reading import Line
from organization.syncing.world import World, chosen, listed

FOR_ONE_ALONE = gettext_lazy(
    "The roles of administrators and auditors are given and ended by a second person. Have one read the list, then add "
    "--duties; or enter them on the page of the person."
)
GIVEN = ("username", "staff_number", "display_name", "email")


def plan_people(world: World, lines: list[Line]) -> list[User]:
    """Everybody the file speaks of. Staff number and user name find a person, either of them alone too."""
    told = []
    for line in lines:
        unit = world.unit(line)
        if unit is None or not unit.legal_entity_id:
            continue
        user = found(world, line, unit)
        if user is not None and world.speaks(line, user, "username"):
            keep(world, line, user, unit)
            told.append(user)
    return told


def found(world: World, line: Line, unit: Unit) -> User | None:
    """The person of a line, or a new one; None for a line that means somebody it may not."""
    name, number = line.cells["username"], "".join(line.cells.get("staff_number", "").split())
    by_name = world.people.get(name.casefold())
    by_number = world.numbers.get((unit.legal_entity_id, number)) if number else None
    if by_name is not None and (by_name.is_service or by_name.username == User.SYSTEM):
        world.fault(line, "username", _("{name} is the account of a program. Choose another name.").format(name=name))
    elif by_name is not None and by_name.legal_entity_id != unit.legal_entity_id:
        told = _("{name} belongs to another legal entity. Whoever works in two has two accounts.").format(name=name)
        world.fault(line, "username", told)
    elif by_name is not None and by_number is not None and by_name is not by_number:
        told = _("The staff number is that of {number}, the user name that of {name}. Correct one of them.")
        world.fault(line, "staff_number", told.format(number=by_number.username, name=by_name.username))
    else:
        return by_name or by_number or User(legal_entity=unit.legal_entity, is_staff=True, must_change_password=True)
    return None


def keep(world: World, line: Line, user: User, unit: Unit) -> None:
    values: dict[str, Any] = {key: line.cells[key] for key in GIVEN if key in line.cells}
    values["username"] = User.normalize_username(line.cells["username"])
    if "staff_number" in values:
        values["staff_number"] = "".join(values["staff_number"].split())
    world.put(line, user, values, line.cells["username"])
    world.people[line.cells["username"].casefold()] = user
    if user.staff_number:
        world.numbers[unit.legal_entity_id, user.staff_number] = user


def plan_roles(world: World, lines: list[Line]) -> list[Membership]:
    """The roles that the file gives or keeps. A role without a first day is the one in force, or begins today."""
    told = []
    for line in lines:
        values = role_of(world, line)
        if values is None:
            continue
        since, until = line.cells.get("valid_from") or None, line.cells.get("valid_until") or None
        held = world.roles_of.get(id(values["user"]), [])
        same = [one for one in held if all(getattr(one, key) == value for key, value in values.items())]
        row = standing(same, since, world.today)
        if row is None:
            row = Membership(**values, legal_entity=values["unit"].legal_entity, valid_from=since or world.today)
            world.add(row)
        if world.speaks(line, row, "role") and timely(world, line, row, until, same):
            write(world, line, row, until)
            told.append(row)
    return told


def role_of(world: World, line: Line) -> dict[str, Any] | None:
    """Person, role, unit, team and business line of a row; None where one of them is a fault."""
    before = len(world.faults)
    unit, code = world.unit(line), line.cells.get("business_line", "")
    if unit is None or not unit.legal_entity_id:
        return None
    role, business = chosen(Role, line.cells["role"]), world.lines.get(code)
    team = world.teams.get((unit.code, line.cells.get("team", "")))
    if not role or role in ELSEWHERE:
        known = listed(one for one in Role.choices if one[0] not in ELSEWHERE)
        told = _("{given} is none of {known}.").format(given=line.cells["role"], known=known)
        world.fault(line, "role", told)
    if code and business is None:
        world.fault(line, "business_line", _("There is no business line with this code."))
    if line.cells.get("team") and team is None:
        told = _("The unit {unit} has no team with this name. Create it first, or correct the name.")
        world.fault(line, "team", told.format(unit=unit.code))
    user = world.person(line, "person", unit.legal_entity)
    if len(world.faults) > before:
        return None
    return {"user": user, "role": role, "unit": unit, "team": team, "business_line": business}


def standing(rows: Sequence[Membership], since: date | None, today: date) -> Membership | None:
    """Which of the rows of one role is meant: that which begins on the day, or without a day the one not yet over."""
    if since is not None:
        return next((one for one in rows if one.valid_from == since), None)
    return next((one for one in rows if one.valid_until is None or one.valid_until >= today), None)


def timely(world: World, line: Line, row: Membership, until: date | None, rows: Sequence[Membership]) -> bool:
    """Whether the days of a role fit: its end follows its begin, and no other row says the same of a day."""
    if until is not None and until < row.valid_from:
        world.fault(line, "valid_until", _("The last day lies before the first."))
        return False
    planned = Membership(valid_from=row.valid_from, valid_until=until)
    if any(meet(planned, other) for other in rows if other is not row):
        world.fault(line, "valid_from", TWICE)
        return False
    return True


def write(world: World, line: Line, row: Membership, until: date | None) -> None:
    names = ("user", "role", "unit", "team", "business_line", "valid_from")
    values = {} if row.pk else {name: getattr(row, name) for name in names}
    if "valid_until" in line.cells or not row.pk:
        values["valid_until"] = until
    world.put(line, row, values, key_of(row))
    if row.role in DUTIES and id(row) in world.changes and not world.duties:
        world.fault(line, "role", FOR_ONE_ALONE)


def key_of(row: Membership) -> str:
    return " ".join(filter(None, (row.user.username, row.role, row.unit.code if row.unit else "")))


def keep_duties_apart(world: World) -> None:
    """System administrator, security administrator and auditor are three people, also after the file."""
    for held in world.roles_of.values():
        rows = [row for row in held if row.role in APART]
        for first, second in combinations(rows, 2):
            line = world.of_file.get(id(second)) or world.of_file.get(id(first))
            if first.role != second.role and meet(first, second) and line is not None:
                world.fault(line, "role", DUTIES_APART)
