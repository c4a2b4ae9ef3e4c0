"""What Django's admin asks about its own pages, answered from the roles."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from organization.models import Role, User
from organization.rights import rights_of

# Rooms whose rows an administrator keeps.
CONFIGURED = {"organization", "sla", "complaints.code", "quality.target"}
# What is looked at with a role that reads cases.
READ = {"complaints", "feedback.notice", "quality"}
LOOKS_INTO_THE_LOG = frozenset({Role.COMPLIANCE_AUDITOR})


class RoleBackend(ModelBackend):
    """Logs in by password as Django does; model permissions come from roles alone, never from groups or flags."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        room, _dot, action_and_model = perm.partition(".")
        action, _underscore, model = action_and_model.partition("_")
        names = {room, f"{room}.{model}"}
        roles = rights_of(user_obj).roles
        if Role.ADMINISTRATOR in roles and names & CONFIGURED:
            return action in {"view", "add", "change"}
        if names == {"security", "security.auditrow"}:
            return action == "view" and bool(roles & LOOKS_INTO_THE_LOG)
        if action != "view" or not roles - {Role.ADMINISTRATOR, Role.INTEGRATION}:
            return False
        return bool(names & READ)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        roles = rights_of(user_obj).roles
        open_to_them: set[str] = set()
        if Role.ADMINISTRATOR in roles:
            open_to_them |= CONFIGURED
        if roles & LOOKS_INTO_THE_LOG:
            open_to_them |= {"security"}
        if roles - {Role.ADMINISTRATOR, Role.INTEGRATION}:
            open_to_them |= READ
        return app_label in {name.partition(".")[0] for name in open_to_them}
