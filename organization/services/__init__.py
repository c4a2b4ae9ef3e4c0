from organization.services.accounts import (
    KEY_PREFIX,
    create_client,
    create_user,
    digest_of,
    grant,
    issue_password,
    revoke_client,
)
from organization.services.posts import complaint_post, complaint_post_cached, is_at_work, is_present
from organization.services.setup import create_entity, setup_organization
from organization.services.units import (
    add_unit,
    business_line_of,
    create_team,
    create_unit,
    keep_unit,
    move_unit,
    unit_by_code,
    unit_of,
)
from organization.services.upward import Upward, who_may

__all__ = [
    "KEY_PREFIX",
    "Upward",
    "add_unit",
    "business_line_of",
    "complaint_post",
    "complaint_post_cached",
    "create_client",
    "create_entity",
    "create_team",
    "create_unit",
    "create_user",
    "digest_of",
    "grant",
    "is_at_work",
    "is_present",
    "issue_password",
    "keep_unit",
    "move_unit",
    "revoke_client",
    "setup_organization",
    "unit_by_code",
    "unit_of",
    "who_may",
]
