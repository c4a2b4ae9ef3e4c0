"""Which changes of roles wait for a second person: all that open cases to somebody, and all of the three duties.

An end that comes sooner is written at once, so that nobody keeps a role over the weekend because a colleague is
away; the duties of administrators and of the auditor are not even ended by one person alone.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organization.models import Membership, Role, User
from organization.models.membership import APART
from organization.proposing import Proposing
from organization.rights import permissions

DUTIES = APART | {Role.GROUP_ADMINISTRATOR}


def reads_cases(role: str) -> bool:
    return role in permissions()["view"]


def waits(membership: Membership, was: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether a change of a membership is decided by a second person.

    membership  as it would be saved; was, now: the values that change; `was` is empty for a new one
    """
    roles = {membership.role, was.get("role", membership.role)}
    if roles & DUTIES:
        return True
    if not any(map(reads_cases, roles)):
        return False
    return not (was.keys() == now.keys() == {"valid_until"} and ends_sooner(was["valid_until"], now["valid_until"]))


def ends_sooner(was: Any, now: Any) -> bool:
    return now is not None and (was is None or now <= was)


ASKS_WHY = _(
    "Another administrator decides a role that opens cases, and every change of an administrator or auditor, and reads "
    "this. Everything else is saved at once."
)


class RolesOfPerson(Proposing):
    """The table of people, with their roles in it."""

    asks_why = ASKS_WHY

    def needs_second(self, row: User, details: dict[str, Any]) -> bool:
        held = {one.pk: one for one in row.memberships.all()}
        changed = details.get("rows", {}).get("membership", [])
        if any(waits(held[one["id"]], one["was"], one["now"]) for one in changed):
            return True
        if details["added"] or "is_active" not in details.get("now", {}):
            return False
        # an account that sleeps takes its roles away, one that is woken gives them back
        roles = {one.role for one in row.memberships.exclude(valid_until__lt=timezone.localdate())}
        return bool(roles & DUTIES) or (row.is_active and any(map(reads_cases, roles)))

    def concerns(self, row: User) -> User | None:
        return row


class RoleOfPerson(Proposing):
    """The table of roles."""

    asks_why = ASKS_WHY

    def needs_second(self, row: Membership, details: dict[str, Any]) -> bool:
        return waits(row, details.get("was", {}), details.get("now", {}))

    def concerns(self, row: Membership) -> User | None:
        return row.user
