"""What Django's admin asks about its own pages, answered from the roles."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from organization.models import Role, User
from organization.rights import permissions, rights_of

PLACES = frozenset({"organization.unit", "organization.team", "organization.partner", "organization.businessline"})
PEOPLE = frozenset({"organization.user", "organization.membership", "organization.absence", "organization.apiclient"})
RULES = frozenset({"sla", "complaints.code", "complaints.redresslimit", "quality.target"})
# role -> the tables it keeps: a whole room, or one model of it
KEPT = {
    Role.SYSTEM_ADMINISTRATOR: RULES | PLACES | {"complaints.routingrule", "complaints.countersignrule"},
    Role.SECURITY_ADMINISTRATOR: PEOPLE | {"axes"},
    Role.GROUP_ADMINISTRATOR: RULES | {"organization.businessline", "organization.legalentity"},
}
# role -> the tables it looks into beside them, to choose from; and the log
PROPOSALS = frozenset({"organization.proposal"})
LOOKED_INTO = {
    Role.SYSTEM_ADMINISTRATOR: PEOPLE | PROPOSALS,
    Role.SECURITY_ADMINISTRATOR: PLACES | PROPOSALS,
    Role.GROUP_ADMINISTRATOR: PROPOSALS,
    Role.COMPLIANCE_AUDITOR: frozenset({"security.auditrow"}),
}
# What is looked at with a role that reads cases.
READ = frozenset({"complaints", "feedback.notice", "quality"})


class RoleBackend(ModelBackend):
    """Logs in by password as Django does; model permissions come from roles alone, never from groups or flags."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        room, _dot, action_and_model = perm.partition(".")
        action, _underscore, model = action_and_model.partition("_")
        names = {room, f"{room}.{model}"}
        roles = rights_of(user_obj).roles
        if action in {"view", "add", "change"} and names & tables(KEPT, roles):
            return True
        return action == "view" and bool(names & (tables(LOOKED_INTO, roles) | read(roles)))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        roles = rights_of(user_obj).roles
        open_to_them = tables(KEPT, roles) | tables(LOOKED_INTO, roles) | read(roles)
        return app_label in {name.partition(".")[0] for name in open_to_them}


def tables(by_role: dict[Role, frozenset[str]], roles: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(names for role, names in by_role.items() if role in roles))


def read(roles: frozenset[str]) -> frozenset[str]:
    reads_cases = permissions()["view"].keys() - {Role.INTEGRATION}
    return READ if roles & reads_cases else frozenset()
