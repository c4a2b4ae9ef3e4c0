"""Which named person hears of a case: the owner, and the levels above."""

from collections.abc import Collection, Iterable
from datetime import datetime

from complaints.models import Case, Nature
from organization.models import User
from organization.services import Upward, complaint_post, complaint_post_cached, is_at_work, who_may


def level_up(case: Case, roles: Iterable[str], *, at: datetime, verb: str, but_not: Collection[int] = ()) -> User:
    """Who is asked about the case: the nearest person with one of the roles who may use the verb on it.

    Those of the case's team first, then unit by unit upward; nobody there: the complaint post.

    but_not  ids of people who must not be asked, such as the author of a draft
    """
    return who_may(verb, case, roles, at=at, but_not=but_not) or complaint_post(case.handling_unit, at)


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

    def __init__(self, cases: Collection[Case], *, at: datetime) -> None:
        self.at = at
        self.above = Upward(self.VERB, cases, {role for roles in self.LEVELS.values() for role in roles}, at=at)
        self.owners = User.objects.in_bulk({case.owner_id for case in cases})

    def of(self, level: str, case: Case) -> User:
        if case.nature == Nature.TIP_OFF:
            return self.owners[case.owner_id]  # of discipline, and nobody above hears of it
        named = self.named(level, case)
        if is_at_work(named, self.at):
            return named  # type: ignore[return-value]
        found = None if level == "owner" else self.nearest(level, case)
        return found or complaint_post_cached(case.handling_unit, self.at)

    def named(self, level: str, case: Case) -> User | None:
        """Who holds the level by name: the owner, the lead of the team, the head of the unit (机构负责人)."""
        if level == "owner":
            return self.owners[case.owner_id]
        if level == "team_lead":
            return case.team.lead if case.team else None
        return case.handling_unit.head if level == "unit_head" else None

    def nearest(self, level: str, case: Case) -> User | None:
        """Unit by unit upward; consumer protection sits at the root."""
        units = case.handling_unit.lineage[:1] if level == "consumer_protection" else None
        return self.above.nearest(case, self.LEVELS[level], units=units)
