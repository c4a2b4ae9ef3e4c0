"""The one way to find a person upward of a case: the nearest who is present and whose right to a verb reaches it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from organization.models import Membership, User
from organization.rights import ALL, Rights, permissions
from organization.services.absences import away


class Upward:
    """Present people with the right to a verb, in the units of some cases and above, read in one query.

    verb   of permissions.yml
    cases  with their units; of each the legal entity is asked too
    roles  default: every role with the verb
    """

    def __init__(self, verb: str, cases: Iterable[Any], roles: Iterable[str] | None = None, *, at: datetime) -> None:
        self.verb = verb
        granted = permissions().get(verb, {})
        self.roles = [role for role in (granted if roles is None else roles) if role in granted]
        self.everywhere = [role for role in self.roles if granted[role] == ALL]
        self.by_unit: dict[int | None, list[Membership]] = defaultdict(list)
        self.by_role: dict[str, list[Membership]] = defaultdict(list)
        for membership in self.present(list(cases), at):
            self.by_unit[membership.unit_id].append(membership)
            self.by_role[membership.role].append(membership)

    def present(self, cases: list[Any], at: datetime) -> Iterable[Membership]:
        """Of those in one unit, the longest serving first."""
        units = {pk for case in cases for pk in case.handling_unit.lineage}
        return (
            Membership.objects.in_force(timezone.localdate(at))
            .filter(Q(unit_id__in=units) | Q(role__in=self.everywhere), role__in=self.roles)
            .filter(legal_entity_id__in={case.legal_entity_id for case in cases})
            .filter(~away(at, "user"), user__is_active=True, user__is_service=False)
            .select_related("user", "unit")
            .order_by("valid_from", "pk")
        )

    def nearest(
        self,
        case: Any,
        roles: Sequence[str] | None = None,
        *,
        units: Sequence[int] | None = None,
        but_not: Collection[int] = (),
    ) -> User | None:
        """Those of the case's team first, then unit by unit upward, at last those to whom all of the entity is open.

        roles    some of those that were read; in one unit the first comes first. Default: all
        units    ids, the nearest first. Default: the handling unit and those above it
        but_not  ids of people who are not asked
        """
        line = case.handling_unit.lineage[::-1] if units is None else units
        wanted = self.roles if roles is None else roles

        def distance(row: Membership) -> tuple[bool, int, int]:
            in_team = case.team_id is not None and row.team_id == case.team_id
            steps = line.index(row.unit_id) if row.unit_id in line else len(line)
            return (not in_team, steps, wanted.index(row.role))

        near = self.around(line, self.everywhere if units is None else ())
        fitting = (row for row in near if row.role in wanted and row.user_id not in but_not)
        return next((row.user for row in sorted(fitting, key=distance) if self.may(row, case)), None)

    def around(self, line: Iterable[int], everywhere: Iterable[str]) -> Iterable[Membership]:
        """Those in these units, and those with one of these roles wherever they sit; each once."""
        here = {row.pk: row for pk in line for row in self.by_unit.get(pk, ())}
        return (here | {row.pk: row for role in everywhere for row in self.by_role[role]}).values()

    def may(self, row: Membership, case: Any) -> bool:
        return Rights(row.user, memberships=[row]).allows(self.verb, case)


def who_may(
    verb: str, case: Any, roles: Iterable[str] | None = None, *, at: datetime, but_not: Collection[int] = ()
) -> User | None:
    """The nearest person whose right to the verb reaches this one case. One query."""
    return Upward(verb, [case], roles, at=at).nearest(case, but_not=but_not)
