"""Whatever is merged and taken apart, in whatever order: nothing is due later by it; in the end all is as before."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from complaints.models import Case
from complaints.services.merging import survivor_of
from complaints.verbs import approving, merging
from organization.models import Role, User
from sqm_site.errors import DomainError
from tests.cases import taken
from tests.complaints.mergers import APART, SAME, WHO, chief, due, fresh, whole, without
from tests.nights import either
from tests.people import NOON, person
from tests.wholes import state_of

__all__ = ["chief"]
RECEIVED = (2, 5, 0, 9)  # days before, in another order than that of the keys
STEPS = some.sampled_from([*permutations(range(len(RECEIVED)), 2), *[(one, None) for one in range(len(RECEIVED))]])


@pytest.fixture
def cases(integration) -> list[Case]:
    return [taken(integration, customer=WHO, at=NOON - days * timedelta(days=1)) for days in RECEIVED]


@pytest.fixture
def second(branch) -> User:
    return person("second", Role.SUPERVISOR, branch.parent)


def step(case: Case, into: Case | None, *, by: User, second: User) -> None:
    """Merge, or take apart where no other case is named; what is refused stays undone."""
    try:
        if into is not None:
            merging.merge(case.reference, actor=by, at=NOON, into=into.reference, **SAME)
        else:
            merging.unmerge(case.reference, actor=by, at=NOON, **APART)
        if case.approvals.filter(status="asked").exists():
            approving.decide_approval(case.reference, actor=second, at=NOON, grant=True)
    except DomainError:
        return


@settings(
    max_examples=either(day=12, night=300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=some.lists(STEPS, min_size=2, max_size=8))
def test_merged_in_any_order_nothing_is_due_later(steps, cases, chief, second):
    """N6"""
    with transaction.atomic():
        own, was = [due(case) for case in cases], [state_of(case) for case in cases]
        for one, other in steps:
            step(cases[one], None if other is None else cases[other], by=chief, second=second)
            for case, by_itself in zip(cases, own, strict=True):
                assert due(case) <= by_itself
                assert due(survivor_of(fresh(case))) <= by_itself
        for _depth in cases:
            for case in cases:
                step(case, None, by=chief, second=second)
        assert [without(state_of(case), set()) for case in cases] == was
        whole(*cases)
        transaction.set_rollback(True)
