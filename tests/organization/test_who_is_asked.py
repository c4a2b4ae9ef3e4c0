"""M: who is asked about a case, by the right that reaches it; found by `make mutants`."""

import pytest

from organization.models import Role
from organization.services import who_may
from tests.people import NOON, person

VERB = "decide_approval"
ASKED = [Role.SUPERVISOR, Role.CONSUMER_PROTECTION]


@pytest.fixture
def protection(other_branch):
    """Of another branch; the role opens the whole legal entity."""
    return person("protection", Role.CONSUMER_PROTECTION, other_branch)


def test_whoever_the_whole_entity_is_open_to_is_asked_wherever_they_sit(case, protection):
    """M: not only in the line of the unit."""
    assert who_may(VERB, case, ASKED, at=NOON) == protection


def test_whoever_stands_in_the_line_comes_first(case, supervisor, protection):
    """M: and is found at all: a role of the line opens no more than its line."""
    assert who_may(VERB, case, ASKED, at=NOON) == supervisor


def test_a_role_of_another_branch_is_not_asked(case, other_branch):
    """M: a supervisor there has no right here."""
    person("supervisor.there", Role.SUPERVISOR, other_branch)
    assert who_may(VERB, case, ASKED, at=NOON) is None


def test_whoever_must_not_be_asked_is_not(case, supervisor, protection):
    """M: such as the author of a draft."""
    assert who_may(VERB, case, ASKED, at=NOON, but_not=[supervisor.pk]) == protection
    assert who_may(VERB, case, ASKED, at=NOON, but_not=[supervisor.pk, protection.pk]) is None


def test_a_role_without_the_verb_is_not_asked(case, auditor):
    """M: whoever asks for it by name."""
    assert who_may(VERB, case, [Role.COMPLIANCE_AUDITOR], at=NOON) is None
