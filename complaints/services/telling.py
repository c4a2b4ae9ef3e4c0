"""Which named person hears of a case: the owner, and the levels above."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from complaints.models import Case, Nature, Task
from complaints.services.recusal import post_above, post_of
from organization.models import Role, User
from organization.rights import barred, rights_of
from organization.services import Upward, away, unmanned_post, who_may

# Who is asked at last, wherever the right of such a role reaches the case.
AT_THE_ROOT = (Role.APPROVER, Role.SUPERVISOR, Role.CONSUMER_PROTECTION)


def level_up(
    case: Case, roles: Iterable[str], *, at: datetime, verb: str, but_not: Collection[int] = ()
) -> User | None:
    """Who is asked about the case: the nearest present person with one of the roles who may use the verb on it.

    Those of the case's team first, then unit by unit upward, at last whoever approves or supervises for all of the
    entity, or protects its consumers. Nobody whom the case concerns. None: there is nobody.

    but_not  ids of people who must not be asked: who asks, and who worked on what is to be checked
    """
    found = who_may(verb, case, roles, at=at, but_not=but_not)
    return found or who_may(verb, case, AT_THE_ROOT, at=at, but_not=but_not)


def level_of(person: User, case: Case) -> str:
    """The highest place by which somebody answers for what is escalated; a line manager counts as a supervisor."""
    rights = rights_of(person)
    held = (level for level in reversed(Recipients.LEVELS) if rights.allows_as([level], Recipients.VERB, case))
    return next(held, str(Role.SUPERVISOR))


def lead_of(case: Case) -> int | None:
    return case.team.lead_id if case.team else None


class Recipients:
    """Who hears of the rungs of some cases, by level above each; read once for all of them.

    A level nobody holds falls to the next one up, at last to the complaint post: a rung always has a person. Whoever
    hears of one may acknowledge it.
    """

    VERB = "acknowledge_escalation"
    LEVELS = {
        "team_lead": ("team_lead", "supervisor", "line_manager"),
        "supervisor": ("supervisor", "line_manager"),
        "unit_head": ("unit_head", "supervisor"),
        "department_head": ("department_head", "line_manager", "supervisor"),
        "consumer_protection": ("consumer_protection", "supervisor"),
    }

    def __init__(self, cases: Collection[Case], *, at: datetime, tasks: Iterable[Task] = ()) -> None:
        """tasks: those of the cases that a rung may be about"""
        self.at = at
        self.upward = Upward(self.VERB, cases, {role for roles in self.LEVELS.values() for role in roles}, at=at)
        holders = {pk for case in cases for pk in (case.owner_id, case.handling_unit.head_id, lead_of(case))}
        asked = {task.answers_for.pk for task in tasks}
        named = User.objects.filter(pk__in=[pk for pk in holders | asked if pk])
        self.people: dict[int | None, Any] = {one.pk: one for one in named.annotate(is_away=away(at))}

    def of(self, level: str, case: Case, task: Task | None = None) -> User:
        """task: what the rung is about; whom its own level means is who was asked, and above them stand those of the
        case, who chase it.
        """
        if task is not None and level == "owner":
            person = self.people[task.answers_for.pk]
            return person if self.can_hear(person, case) else post_above(case, task.unit, self.at)
        if case.nature == Nature.TIP_OFF:
            return self.of_tip_off(case)
        named = self.named(level, case)
        if named is not None and self.can_hear(named, case):
            return named
        found = None if level == "owner" else self.nearest(level, case)
        return found or post_of(case, self.at)

    def above(self, level: str, case: Case, *, but_not: Collection[int]) -> tuple[str, User] | None:
        """The next level up that is held by somebody who is at work and is not among `but_not`, and who that is."""
        order = [*self.LEVELS]
        for higher in order[order.index(level) + 1 if level in order else 0 :]:
            named = self.named(higher, case)
            if named is None or named.pk in but_not or not self.can_hear(named, case):
                named = self.nearest(higher, case, but_not=but_not)
            if named is not None:
                return higher, named
        return None

    def of_tip_off(self, case: Case) -> User:
        """Its owner, of discipline, or another one of discipline; nobody above hears of it."""
        owner = self.people[case.owner_id]
        if not barred(case, owner):
            return owner
        return who_may("start", case, [Role.DISCIPLINE], at=self.at) or unmanned_post(case.handling_unit)

    def named(self, level: str, case: Case) -> User | None:
        """Who holds the level by name: the owner, the lead of the team, the head of the unit (机构负责人)."""
        if level == "owner":
            return self.people[case.owner_id]
        if level == "team_lead":
            return self.people.get(lead_of(case))
        return self.people.get(case.handling_unit.head_id) if level == "unit_head" else None

    @staticmethod
    def can_hear(person: Any, case: Case) -> bool:
        """Of one of `people`: with an account in force, not away, and the case does not concern them."""
        return person.is_active and not person.is_away and not barred(case, person)

    def nearest(self, level: str, case: Case, *, but_not: Collection[int] = ()) -> User | None:
        """Unit by unit upward; consumer protection sits at the root."""
        units = case.handling_unit.lineage[:1] if level == "consumer_protection" else None
        return self.upward.nearest(case, self.LEVELS[level], units=units, but_not=but_not)
