"""Which named person hears of a case: the owner, and the levels above."""

from collections.abc import Iterable
from datetime import datetime

from complaints.models import Case
from organization.models import User
from organization.services import complaint_post, complaint_post_cached, is_present, people_up, role_holders


def level_up(case: Case, roles: Iterable[str], *, at: datetime) -> User:
    """The nearest person with one of the roles, from the handling unit upward; else the complaint post."""
    return people_up(case.handling_unit, roles, at=at) or complaint_post(case.handling_unit, at)


class Ladderfolk:
    """Who stands on which level above a set of cases, read once for all of them.

    A level nobody holds falls to the next one up, at last to the root's complaint post: a rung always has a person.
    """

    LEVELS = {
        "team_lead": ("team_lead", "supervisor", "line_manager"),
        "supervisor": ("supervisor", "line_manager"),
        "department_head": ("line_manager", "supervisor"),
        "consumer_protection": ("compliance_auditor", "supervisor"),
    }

    def __init__(self, cases: Iterable[Case], *, at: datetime) -> None:
        self.at = at
        self.people = role_holders({role for roles in self.LEVELS.values() for role in roles}, at=at)
        self.owners = User.objects.in_bulk({case.owner_id for case in cases})

    def who(self, level: str, case: Case) -> User:
        if level == "owner":
            return self.owners[case.owner_id]
        lead = case.team.lead if level == "team_lead" and case.team else None
        if lead is not None and lead.is_active and is_present(lead, self.at):
            return lead
        return self.nearest(level, case) or complaint_post_cached(case.handling_unit, self.at)

    def nearest(self, level: str, case: Case) -> User | None:
        """The first holder of one of the level's roles, unit by unit upward; consumer protection sits at the root."""
        lineage = case.handling_unit.lineage
        line = lineage[:1] if level == "consumer_protection" else list(reversed(lineage))
        return self.people.first(self.LEVELS[level], line)
