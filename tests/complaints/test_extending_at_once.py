"""An extension and what happens to the case at the same moment: they take turns, and one deadline comes of it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from complaints.models import Approval, Case, DeadlineMove, Extension
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verbs import approving, extending
from organization.models import Role, User
from tests.cases import MORE_TIME, TOLD
from tests.complaints.test_races import at_once, brought, house, is_refusal  # noqa: F401
from tests.nights import either
from tests.people import NOON, person

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def people(house, branch, supervisor) -> list[User]:  # noqa: F811
    """Two who may decide, on the same route."""
    return [supervisor, person("approver", Role.APPROVER, branch)]


def asked_for(house: Any) -> Case:  # noqa: F811
    case = brought(house, ("start",))
    extending.extend(case.reference, actor=receiver(), at=NOON + 14 * DAY, **MORE_TIME)
    return case


def receiver() -> User:
    return User.objects.get(username="receiver")


def decide(case: Case, *, by: User, at: Any) -> Case:
    return approving.decide_approval(case.reference, actor=by, at=at, grant=True)


def tell(case: Case, *, at: Any) -> Case:
    return extending.extend(case.reference, actor=receiver(), at=at, **TOLD)


def told_by_the_log(case: Case) -> None:
    assert not [*retold_otherwise(Case.objects.filter(pk=case.pk))]


def test_of_two_who_grant_at_once_one_does(house, people):  # noqa: F811
    for _time in either(day=range(1), night=range(10)):
        case = asked_for(house)
        outcomes = at_once(*(partial(decide, case, by=one, at=NOON + 14 * DAY) for one in people))
        assert sum(map(is_refusal, outcomes)) == 1
        assert case.approvals.get(verb="extend").status == Approval.Status.GRANTED
        told_by_the_log(case)


def test_of_two_tellings_at_once_one_moves_the_deadline(house, people):  # noqa: F811
    case = asked_for(house)
    decide(case, by=people[0], at=NOON + 14 * DAY)
    outcomes = at_once(*[partial(tell, case, at=NOON + 14 * DAY)] * 2)
    assert sum(map(is_refusal, outcomes)) == 1
    assert Extension.objects.filter(case=case).count() == 1
    assert DeadlineMove.objects.filter(clock__case=case, cause="extension").count() == 1
    told_by_the_log(case)


def test_a_telling_at_the_last_second_and_the_breach_exclude_each_other(house, people):  # noqa: F811
    for _time in either(day=range(2), night=range(20)):
        case = asked_for(house)
        decide(case, by=people[0], at=NOON + 14 * DAY)
        end = case.clocks.get(kind="decision").due_at
        told, _swept = at_once(partial(tell, case, at=end), lambda at=end: fire_due(at=at + SECOND))
        fire_due(at=end + SECOND)
        clock = case.clocks.get(kind="decision")
        assert (clock.due_at > end) == (not is_refusal(told)) == (clock.breached_at is None)
        told_by_the_log(case)


def test_a_grant_while_the_deadline_passes_moves_nothing(house, people):  # noqa: F811
    case = asked_for(house)
    end = case.clocks.get(kind="decision").due_at
    at_once(partial(decide, case, by=people[0], at=end), lambda: fire_due(at=end + SECOND))
    assert is_refusal(at_once(partial(tell, case, at=end + SECOND))[0])
    clock = case.clocks.get(kind="decision")
    assert (clock.due_at, Extension.objects.filter(case=case).exists()) == (end, False)
    told_by_the_log(case)
