"""The institution as a file of the personnel system says: everything is planned and checked first, then all is written.

A second run of the same file finds nothing to do. What was planned is written in one transaction, and each row stands
on record as the pages would put it there.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organization.models import LegalEntity, Membership, Team, Unit, User
from organization.recording import on_record, pictures
from organization.services.accounts import one_time_password
from organization.services.units import add_unit, keep_unit
from organization.syncing.columns import ENTITIES, PEOPLE, ROLES, TEAMS, UNITS
from organization.syncing.leaving import man_the_posts, prune, whole
from organization.syncing.people import keep_duties_apart, plan_people, plan_roles
from organization.syncing.places import plan_entities, plan_posts, plan_teams, plan_units
from organization.syncing.reading import Fault, read
from organization.syncing.world import CHANGED, ENDED, MADE, Change, World
from security.models import Kind
from security.services import record

ORDER = (LegalEntity, User, Unit, Team, Membership)  # what others point at comes first
ACTS = (MADE, CHANGED, ENDED)
MOST_DEPTH = 100  # a ring is a fault, and has no top


class Plan(NamedTuple):
    """What a file would do. faults: why it may not, then nothing is written; digest: SHA-256 of the file"""

    changes: list[Change]
    faults: list[Fault]
    digest: str

    def losing(self) -> list[User]:
        """Whose account or role ends: their open cases may fall to the post."""
        ended = [one.row for one in self.changes if one.act == ENDED]
        return list({row.pk: row for row in (one if isinstance(one, User) else one.user for one in ended)}.values())


def plan(content: bytes, *, at: datetime, pruned: bool = False, duties: bool = False) -> Plan:
    """Read the file against what stands now; nothing is written. Raises Unreadable.

    pruned  whether who is missing leaves, and what is missing of the roles of the others ends
    duties  whether roles of administrators and auditors may be given and ended
    """
    tables = read(content)
    world = World(timezone.localdate(at), duties=duties)
    world.faults += tables.faults
    lines = tables.lines
    if pruned and PEOPLE.key not in lines:
        world.faults.append(
            whole(PEOPLE, _("Without this sheet nobody is known to have left. Add it, or do not prune."))
        )
    if not world.faults:
        plan_entities(world, lines.get(ENTITIES.key, []))
        units = plan_units(world, lines.get(UNITS.key, []))
        people = plan_people(world, lines.get(PEOPLE.key, []))
        plan_posts(world, units)
        plan_teams(world, lines.get(TEAMS.key, []))
        roles = plan_roles(world, lines.get(ROLES.key, []))
        if pruned and not world.faults:
            prune(world, people, roles if ROLES.key in lines else None)
        keep_duties_apart(world)
        man_the_posts(world)
    changes = sorted(world.changes.values(), key=place_of)
    return Plan(changes, world.faults, hashlib.sha256(content).hexdigest())


def place_of(change: Change) -> tuple[int, int]:
    """Parents before what hangs below them, also where the two change places; ends of roles before new ones."""
    above = change.row.parent if isinstance(change.row, Unit) else None
    depth = 0
    while above is not None and depth < MOST_DEPTH:
        above, depth = above.parent, depth + 1
    return ORDER.index(type(change.row)), depth if isinstance(change.row, Unit) else change.act != ENDED


@transaction.atomic
def synchronise(
    content: bytes,
    *,
    at: datetime,
    pruned: bool = False,
    duties: bool = False,
    give_out: Callable[[dict[str, str]], Any] | None = None,
    done: Callable[[int], Any] = lambda count: None,
) -> Plan:
    """Write what `plan` finds, or nothing where it finds a fault. Raises Unreadable.

    give_out  hears the one-time passwords of new people by user name, as the last act before all of it holds; without
              it they get none, and somebody gives them out on the pages
    done      hears how many rows are written
    """
    planned = plan(content, at=at, pruned=pruned, duties=duties)
    if planned.faults or not planned.changes:
        return planned
    passwords: dict[str, str] = {}
    for count, change in enumerate(planned.changes, 1):
        if change.row.pk is None and isinstance(change.row, User):
            passwords |= first_password(change.row, give_out is not None)
        write(change)
        on_record(change.row, actor=None, at=at, was=change.before, now=after(change))
        done(count)
    tell(planned, at=at)
    if give_out is not None and passwords:
        give_out(passwords)
    return planned


def first_password(user: User, given_out: bool) -> dict[str, str]:
    if not given_out:
        user.set_unusable_password()
        return {}
    password = one_time_password()
    user.set_password(password)
    return {user.username: password}


def write(change: Change) -> None:
    row = change.row
    if isinstance(row, Unit):
        keep_unit(row) if row.pk else add_unit(row)
    elif change.act == ENDED and not change.now:
        Membership.objects.filter(pk=row.pk).delete()  # it never began
    elif not row.pk:
        if isinstance(row, Team):
            row.legal_entity = row.unit.legal_entity
        row.save()
    else:
        names = set(change.now)
        if isinstance(row, User) and change.act == ENDED:
            row.set_unusable_password()  # sessions carry a hash of the old one, and die with it
            names.add("password")
        row.save(update_fields=names)  # not what was read before, such as the last login


def after(change: Change) -> dict[str, Any]:
    gone = change.act == ENDED and not change.now
    return {} if gone else pictures([change.row])[change.row.pk]


def tell(planned: Plan, *, at: datetime) -> None:
    """One line on record for each legal entity: which file it was, and how much it did there."""
    for entity, changes in by_entity(planned.changes).items():
        counts = Counter(f"{one.row._meta.model_name} {one.act}" for one in changes)
        details = {"entity": entity, "sha256": planned.digest, **dict(sorted(counts.items()))}
        record(Kind.CONFIGURE, actor=User.system(), subject=f"legalentity:{entity}", at=at, details=details)


def by_entity(changes: Iterable[Change]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = {}
    for one in changes:
        entity = one.row.pk if isinstance(one.row, LegalEntity) else one.row.legal_entity_id
        found.setdefault(entity, []).append(one)
    return found
