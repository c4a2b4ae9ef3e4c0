"""Every table of the admin, with who keeps its rows and who looks at them."""

from typing import NamedTuple

from organization.models import Role


class Table(NamedTuple):
    """A table of the admin.

    keeps    roles that change its rows; looks: roles that look at them
    entity   where the legal entity of a row stands; empty: the rows are the group's, to be looked at by everybody's
    adds     whether rows are added there
    """

    keeps: tuple[str, ...]
    looks: tuple[str, ...] = ()
    entity: str = ""
    adds: bool = True


GROUP = (Role.GROUP_ADMINISTRATOR,)
RULES = (Role.SYSTEM_ADMINISTRATOR, *GROUP)  # each keeps the rows of their own side
PLACES = {"keeps": (Role.SYSTEM_ADMINISTRATOR,), "looks": (Role.SECURITY_ADMINISTRATOR,)}
PEOPLE = {"keeps": (Role.SECURITY_ADMINISTRATOR,), "looks": (Role.SYSTEM_ADMINISTRATOR,)}
DECIDERS = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR)
READERS = (Role.HANDLER, Role.COMPLIANCE_AUDITOR)  # and whoever else reads cases
TABLES: dict[str, Table] = {
    "organization.unit": Table(**PLACES, entity="legal_entity"),
    "organization.team": Table(**PLACES, entity="legal_entity"),
    "organization.partner": Table(**PLACES, entity="legal_entity"),
    "organization.businessline": Table(GROUP, (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR)),
    "organization.user": Table(**PEOPLE, entity="legal_entity"),
    "organization.membership": Table(**PEOPLE, entity="legal_entity"),
    "organization.absence": Table(**PEOPLE, entity="legal_entity"),
    "organization.apiclient": Table(**PEOPLE, entity="legal_entity", adds=False),
    "organization.proposal": Table((), DECIDERS, entity="legal_entity", adds=False),
    "security.auditrow": Table((), (Role.COMPLIANCE_AUDITOR,), entity="actor__legal_entity", adds=False),
    "feedback.notice": Table((), READERS, entity="to_user__legal_entity", adds=False),
    "complaints.code": Table(GROUP, (Role.SYSTEM_ADMINISTRATOR, *READERS)),
    "quality.target": Table(RULES, READERS, entity="legal_entity"),
    "sla.calendar": Table(RULES, entity="legal_entity"),
    "sla.calendarday": Table(RULES, entity="calendar__legal_entity"),
    "sla.ruleset": Table(RULES, entity="legal_entity"),
    "sla.policy": Table(RULES, entity="legal_entity"),
    "sla.ladder": Table(RULES, entity="legal_entity"),
    "complaints.routingrule": Table((Role.SYSTEM_ADMINISTRATOR,), READERS, entity="legal_entity"),
    "complaints.countersignrule": Table((Role.SYSTEM_ADMINISTRATOR,), READERS, entity="legal_entity"),
    "complaints.redresslimit": Table(RULES, entity="legal_entity"),
}
