"""离职与卸任: who is missing in the file leaves, and roles that are missing of the others end. Only where asked for."""

from collections.abc import Collection
from datetime import timedelta

from django.utils.translation import gettext as _

from organization.models import Membership, Role, Team, Unit, User
from organization.proposing_roles import DUTIES
from organization.syncing.columns import PEOPLE, ROLES, TEAMS, UNITS, Sheet
from organization.syncing.people import FOR_ONE_ALONE, key_of
from organization.syncing.places import POSTS
from organization.syncing.reading import Fault
from organization.syncing.world import ENDED, World, change

# Without one of these nobody of the legal entity could let people in, or keep its units, any more.
KEEPERS = (Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR)


def prune(world: World, staying: Collection[User], named: Collection[Membership] | None) -> None:
    """End what the file lacks of the legal entities it speaks of.

    staying  the people of the file
    named    the roles of the file; None: it has no such sheet, and whoever stays keeps theirs
    """
    entities = {user.legal_entity_id for user in staying}
    stay, kept = set(map(id, staying)), set(map(id, named or []))
    kept_administrators = {entity: kept_by(world, entity) for entity in entities}
    for user in world.people.values():
        if user.legal_entity_id in entities and not user.is_service and id(user) not in stay:
            change(world, user, {"is_active": False}, user.username, ENDED)
    for row in world.roles:
        leaves = row.legal_entity_id in entities and not row.user.is_service and id(row.user) not in stay
        dropped = named is not None and id(row.user) in stay and id(row) not in kept
        if (leaves or dropped) and (row.valid_until is None or row.valid_until >= world.today):
            end(world, row)
    for entity, before in kept_administrators.items():
        refuse_without(world, before - kept_by(world, entity))


def end(world: World, row: Membership) -> None:
    """The role was held until yesterday; one of today ends tonight, one of the future never was."""
    if row.valid_from > world.today:
        world.withdraw(row, key_of(row))
    else:
        last = max(row.valid_from, world.today - timedelta(days=1))
        change(world, row, {"valid_until": last}, key_of(row), ENDED)
    if row.role in DUTIES and id(row) in world.changes and not world.duties:
        world.faults.append(whole(ROLES, f"{key_of(row)}: {FOR_ONE_ALONE}"))


def kept_by(world: World, entity: int | None) -> set[str]:
    """The duties that somebody of the legal entity has today, or from today on."""
    return {
        row.role
        for row in world.roles
        if row.role in KEEPERS
        and row.legal_entity_id == entity
        and row.user.is_active
        and (row.valid_until is None or row.valid_until > world.today)
    }


def refuse_without(world: World, lost: Collection[str]) -> None:
    for role in sorted(lost):
        told = _("Nobody would be {role} any more. Write whoever is to be it into the file first.")
        world.faults.append(whole(PEOPLE, told.format(role=Role(role).label)))


def man_the_posts(world: World) -> None:
    """No unit and no team is left to somebody whose account sleeps."""
    for unit in world.units.values():
        for post in POSTS:
            refuse_sleeper(world, UNITS, unit, post)
    for team in world.teams.values():
        refuse_sleeper(world, TEAMS, team, "lead")


def refuse_sleeper(world: World, sheet: Sheet, row: Unit | Team, post: str) -> None:
    person, line = getattr(row, post), world.of_file.get(id(row))
    if person is None or person.is_active or not (id(person) in world.changes or id(row) in world.changes):
        return
    told = _("{person} leaves, or has an account that sleeps, and would be here still. Name somebody else of {place}.")
    what = told.format(person=person.username, place=row)
    world.faults.append(line.fault(post, what) if line else whole(sheet, f"{sheet.columns[post]}: {what}"))


def whole(sheet: Sheet, what: str) -> Fault:
    return Fault(sheet.heading, 0, "", what)
