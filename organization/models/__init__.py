"""Who we are: people, units, what they may do, and the programs that post."""

from organization.models.absence import Absence
from organization.models.client import ApiClient, StoredAnswer
from organization.models.job import Job, JobQuerySet
from organization.models.lists import ClientChannel, InstitutionType, Nature, Scope
from organization.models.membership import Membership, Role
from organization.models.partner import Partner
from organization.models.proposal import Outcome, Proposal
from organization.models.shared import OfGroupOrEntity, once
from organization.models.spelling import Spelling
from organization.models.unit import BusinessLine, LegalEntity, Team, Unit
from organization.models.user import User

__all__ = [
    "Absence",
    "ApiClient",
    "BusinessLine",
    "ClientChannel",
    "InstitutionType",
    "Job",
    "JobQuerySet",
    "LegalEntity",
    "Membership",
    "Nature",
    "OfGroupOrEntity",
    "Outcome",
    "Partner",
    "Proposal",
    "Role",
    "Scope",
    "Spelling",
    "StoredAnswer",
    "Team",
    "Unit",
    "User",
    "once",
]
