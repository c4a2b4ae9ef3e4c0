"""Who we are: people, units, what they may do, and the programs that post."""

from organization.models.client import ApiClient, StoredAnswer
from organization.models.membership import Membership, Role
from organization.models.unit import BusinessLine, LegalEntity, Team, Unit
from organization.models.user import User

__all__ = ["ApiClient", "BusinessLine", "LegalEntity", "Membership", "Role", "StoredAnswer", "Team", "Unit", "User"]
