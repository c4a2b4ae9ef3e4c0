"""Two at once of one event: one of them counts the other, and two who gather it make one parent case."""

from functools import partial
from typing import Any

from complaints.models import Case, GroupSign
from complaints.verbs import grouping
from organization.models import Role, User
from tests.cases import taken
from tests.complaints.mergers import whole
from tests.complaints.test_grouping import COMMON, EVENT
from tests.complaints.test_races import at_once, house, is_refusal  # noqa: F401
from tests.nights import either
from tests.people import NOON, person


def of_event(house: Any, name: str) -> Case:  # noqa: F811
    return taken(house, **EVENT | {"product": name})


def test_the_fourth_and_the_fifth_at_once_make_one_sign(house):  # noqa: F811
    for number in either(day=range(3), night=range(50)):
        name = f"金卡{number}"
        for _case in range(3):
            of_event(house, name)
        at_once(*[partial(of_event, house, name)] * 2)
        assert GroupSign.objects.filter(case__product=name).count() == 1


def test_two_who_gather_at_once_make_one_parent(house):  # noqa: F811
    for number in either(day=range(3), night=range(50)):
        cases = [of_event(house, f"银卡{number}") for _case in range(5)]
        chief = User.objects.filter(username="chief").first() or person("chief", Role.SUPERVISOR, house.unit.parent)
        gather = [partial(grouping.gather, case.reference, actor=chief, at=NOON, common=COMMON) for case in cases[:2]]
        outcomes = at_once(*gather)
        parents = {link.other for case in cases for link in case.links.standing().filter(kind="child_of")}
        assert len(parents) == 1 and sum(map(is_refusal, outcomes)) <= 1
        whole(*parents, *cases)
