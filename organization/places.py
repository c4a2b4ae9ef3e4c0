"""Where a case lies for a membership: in its queues, its line, the natures that its role sees. Conditions only."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q

from organization.models import Membership, Role

TIP_OFF = "tip_off"  # the nature 举报: of no concern to those who handle complaints


def shared_queues(membership: Membership) -> list[Q]:
    """What a unit and a team work on together: offered to the unit, lying in it, given to the team."""
    here = membership.unit_id
    ours = [Q(team=None, offered_unit_id=here), Q(team=None, offered_unit_id=None, handling_unit_id=here)]
    return [*ours, Q(team_id=membership.team_id)] if membership.team_id else ours


def line_of(membership: Membership) -> Q:
    """The condition on cases of the business line of a membership; empty: of every line."""
    return Q(business_line_id=membership.business_line_id) if membership.business_line_id else Q()


def natures_of(role: str) -> Q:
    """The condition on cases of the natures that a role sees."""
    tips = tips_of(role)
    if tips is None:
        return Q()
    return Q(nature=TIP_OFF) if tips else ~Q(nature=TIP_OFF)


def lying_in(units: Collection[int | None]) -> Q:
    """The condition on cases that one of these units handles or is offered."""
    return Q(handling_unit_id__in=units) | Q(offered_unit_id__in=units)


def lineages(case: Any) -> Iterator[list[int]]:
    """Where a case lies: in the unit that handles it, and in the one it is offered to, each with all above it."""
    yield case.handling_unit.lineage
    if case.offered_unit_id is not None:
        yield case.offered_unit.lineage


def tips_of(role: str) -> bool | None:
    """What a role sees of tip-offs: True nothing else, False none, None both."""
    if role == Role.COMPLIANCE_AUDITOR:
        return None
    return role == Role.DISCIPLINE
