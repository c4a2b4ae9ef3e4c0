"""By whom an approval is decided, where it is not whoever has the right: the routes that a rule names (Art. 18 para 1).

Any one of the routes of an approval will do.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.models import Case
from complaints.services.telling import level_up
from organization.models import Membership, Role, Unit, User
from organization.rights import Rights, at_root, permissions, rights_of
from sla.models import Decider

VERB = "decide_approval"
# Who is asked for an approval, in this order.
ASKED = (Role.TEAM_LEAD, Role.APPROVER, Role.SUPERVISOR, Role.UNIT_HEAD, Role.CONSUMER_PROTECTION, Role.DISCIPLINE)
# Who approves for an institution: not the lead of the team that is measured by it.
APPROVING = (Role.APPROVER, Role.SUPERVISOR, Role.UNIT_HEAD, Role.CONSUMER_PROTECTION, Role.DISCIPLINE)


@dataclass(frozen=True)
class Route:
    """roles: which of them decide; place: whether one of their memberships lies where it must."""

    roles: tuple[str, ...]
    place: Callable[[Membership, Case], bool] = lambda _membership, _case: True


def above(membership: Membership, case: Case) -> bool:
    """Whether it lies in a superior institution of the one that handles the case: a department is none of its own."""
    line = case.handling_unit.lineage
    departments = set(Unit.objects.filter(pk__in=line, kind=Unit.Kind.DEPARTMENT).values_list("pk", flat=True))
    return membership.unit_id in [pk for pk in line if pk not in departments][:-1]


def of_head_office(membership: Membership, _case: Case) -> bool:
    return at_root(membership)


ROUTES: dict[str, Route] = {
    Decider.INSTITUTION: Route(APPROVING),
    Decider.SUPERIOR: Route(APPROVING, above),
    # 总行（总公司）高级管理人员: whoever heads the root unit; executives read no case
    Decider.HEAD_OFFICE: Route((Role.UNIT_HEAD,), of_head_office),
    # 投诉处理工作负责人: the complaint supervisor of the institution, or the department that protects consumers
    Decider.COMPLAINT_HEAD: Route((Role.SUPERVISOR, Role.CONSUMER_PROTECTION, Role.DISCIPLINE)),
}

# Where it is a matter of how much: each role by itself, as far as its limit reaches (services/redress.py).
TIERS: dict[str, Route] = {str(role): Route((role,)) for role in permissions()[VERB]}
BY_WORD = ROUTES | TIERS


def words_of(person: User) -> list[str]:
    """The words of the routes on which somebody may stand."""
    roles = rights_of(person).roles
    return [word for word, route in BY_WORD.items() if roles & {*route.roles}]


def whom(route: Iterable[str]) -> str:
    """The words for who decides."""
    return str(_(" or ")).join(str((Role(word) if word in TIERS else Decider(word)).label) for word in route)


def decides(person: User, case: Case, route: Iterable[str]) -> bool:
    """Whether somebody stands on one of these routes, with the right to decide on this case."""
    rights, granted = rights_of(person), permissions()[VERB]
    return any(
        membership.role in BY_WORD[word].roles
        and rights.stands(membership, granted[membership.role], case)
        and BY_WORD[word].place(membership, case)
        for word in route
        for membership in rights.memberships
    )


def reach(person: User, word: str) -> Q:
    """The condition on cases that `decides` puts to one, but for what only the tree of its units tells."""
    rights, route = rights_of(person), BY_WORD[word]
    if route.place is of_head_office:
        rights = Rights(person, memberships=[one for one in rights.memberships if at_root(one)])
    near = rights.reach(VERB, route.roles, own=False)
    if route.place is above:
        near &= ~Q(handling_unit_id__in=[one.unit_id for one in rights.memberships if one.role in route.roles])
    return near


def second_person(case: Case, route: Collection[str], *, at: datetime, but_not: Collection[int]) -> User | None:
    """The nearest present person who may decide; None: there is nobody.

    route    empty: whoever has the right
    but_not  ids of people who must not be asked
    """
    passed = set(but_not)
    while (found := level_up(case, ASKED, at=at, verb=VERB, but_not=passed)) is not None:
        if not route or decides(found, case, route):
            return found
        passed.add(found.pk)
    return None
