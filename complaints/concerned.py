"""涉及本单位: cases about a unit, or for which it answers, that another unit handles.

Whoever leads the unit sees them in part: neither who complains nor what was written about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import or_

from django.db.models import Q

from complaints.models import Case
from complaints.models.indexes import handled_elsewhere
from organization.models import User
from organization.rights import Part, rights_of, unbarred
from organization.scope import NOTHING, condition

SEES = "view_concerned"
ABOUT = ("complained_unit", "responsible_unit")
ELSEWHERE = {unit: handled_elsewhere(unit) for unit in ABOUT}


def led_by(user: User) -> Iterator[Part]:
    """The units somebody leads, part by part. Whoever has a role at the root reads the cases of all units anyway."""
    return (part for part in rights_of(user).parts(SEES) if part.units is not None)


def of_part(part: Part) -> Q:
    """What of the cases about its units is handled elsewhere, on lines and of natures that the role is about.

    Not a review (核查): it is about their decision, and told to them when it is decided.
    """
    ours = ~Q(handling_unit__in=part.units) & ~Q(kind=Case.Kind.REVIEW)
    return ours & condition(replace(part, units=None))


def concerning(user: User) -> Q:
    """The condition on cases that concern units somebody leads, and not themselves (回避)."""
    parts = [
        Q(**{f"{unit}__in": part.units}) & ELSEWHERE[unit] & of_part(part) for part in led_by(user) for unit in ABOUT
    ]
    return Q(legal_entity_id=rights_of(user).legal_entity_id) & unbarred(user) & reduce(or_, parts, NOTHING)
