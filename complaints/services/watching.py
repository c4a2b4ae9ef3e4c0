"""关注: who hears that a case went on, beside those whom each step asks."""

from collections.abc import Mapping
from typing import Any

from complaints.models import Case
from complaints.services.asking import may_hear
from organization.models import User
from organization.rights import rights_of

# What whoever follows a case wants to know beside its state: the columns whose change is a step.
STEPS = ("round", "level", "nature", "owner_id", "handling_unit_id")


def reads(person: User, case: Case) -> bool:
    return may_hear(person, case) and rights_of(person).allows("view", case)


def hearing(case: Case, recorded: Mapping[str, Any], *, before: str, but_not: int) -> list[User]:
    """Who hears of a step: whoever follows the case and may still read it.

    recorded, before  the columns of the case, and its state, before the step
    but_not           the id of who took it; whoever has the case knows, too
    """
    if not case.watchers or (case.state == before and all(getattr(case, name) == recorded[name] for name in STEPS)):
        return []
    people = User.objects.filter(pk__in=case.watchers, is_active=True).exclude(pk__in=[but_not, case.owner_id or 0])
    return [one for one in people.order_by("pk") if reads(one, case)]
