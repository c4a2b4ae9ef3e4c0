"""S22: the API keeps to its schema, whoever calls it. In full, as all five identities: `make fuzz`."""

import pytest

from tests.contract.fuzzing import fuzz, teach

IDENTITIES = ["anonymous", "client", "handler", "supervisor", "administrator"]
IN_SMALL, IN_FULL = 5, 50  # random examples an operation


def test_three_hundred_requests_of_a_client_and_their_answers_fit_the_schema(identities, owned):
    """S22"""
    teach(owned)
    outcome = fuzz(identities["client"], examples=IN_SMALL, systematic=False)
    assert outcome.failures == {}, outcome.shown[:3]
    assert 250 <= outcome.requests <= 600  # it sent 2,372 for a while, whatever the number of examples
    assert {200, 201, 400, 401, 404} <= outcome.statuses.keys(), outcome.statuses  # it reached the views


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", IDENTITIES)
def test_every_operation_and_every_check_as(identities, owned, name):
    teach(owned)
    outcome = fuzz(identities[name], examples=IN_FULL, systematic=True)
    print(f"{name}: {outcome.requests} requests, {sum(outcome.failures.values())} failures, {dict(outcome.statuses)}")
    assert outcome.failures == {}, outcome.shown[:5]
