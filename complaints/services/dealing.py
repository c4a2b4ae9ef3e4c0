"""按在办量分派: what comes in by a rule is offered, by name, to whoever of the team has least in hand."""

from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from complaints.locks import AT_HAND
from complaints.models import Case, RoutingRule
from complaints.services.loads import Load, loads_of
from complaints.verbs import ownership
from organization.models import Membership, Team, User
from organization.rights import barred, permissions
from organization.services import away
from sqm_site.errors import DomainError

log = structlog.get_logger(__name__)


def dealt(case: Case, rule: RoutingRule | None, *, at: datetime) -> Case:
    """The case that has just come in, offered where the rule that sent it says so.

    Where all of the team are full or away it waits in their queue; and where the offer is refused, whyever: no message
    is lost because of a rule.
    """
    team = rule.team if rule is not None and rule.by_load else None
    person = least_busy(case, team, at=at) if team is not None else None
    if team is None or person is None:
        return case
    held: Case = Case.objects.select_related(*AT_HAND).get(pk=case.pk)
    given = {"to": person.username, "unit": case.handling_unit.code, "team": team.name}
    try:
        with transaction.atomic():
            ownership.assign.within(held, actor=User.system(), at=at, **given)
    except DomainError as error:
        log.warning("not offered by the rule", rule=rule.key if rule else "", reference=case.reference, why=str(error))
        return case
    return held


def least_busy(case: Case, team: Team, *, at: datetime) -> User | None:
    """Who of a team is there, may sign for the case, is not full and has least in hand. Two statements."""
    roles = Membership.objects.in_force(timezone.localdate(at)).filter(
        ~away(at, "user"), team=team, role__in=permissions()["accept"], user__is_active=True, user__is_service=False
    )
    people = {role.user_id: role.user for role in roles.select_related("user") if not barred(case, role.user)}
    loads = loads_of([*people], at=at)
    room = {pk: loads.get(pk, Load()) for pk in people}
    if team.most_in_hand is not None:
        room = {pk: load for pk, load in room.items() if load.in_hand < team.most_in_hand}
    return people[min(room, key=lambda pk: (room[pk], pk))] if room else None
