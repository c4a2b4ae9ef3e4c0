"""Rights: read once, decided by date, and narrowed by legal entity and business line."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from organization.models import BusinessLine, Membership, Role, Unit, User
from organization.places import shared_queues
from organization.rights import Part, Rights, may, rights_of, without_doubles
from tests.organization.test_permissions import lying
from tests.people import hold, person

TODAY = timezone.localdate
DAY = timedelta(days=1)


def fresh(user: User) -> User:
    """As the next request sees the person."""
    return User.objects.get(pk=user.pk)


def test_a_person_costs_one_query_however_often_asked(handler, branch, django_assert_num_queries):
    hold(handler, Role.LINE_MANAGER, branch)
    user = fresh(handler)
    with django_assert_num_queries(1):
        for verb in ("view", "accept", "close", "assign"):
            may(verb)(lying(branch, owner_id=user.pk), user)
        assert rights_of(user).roles == {Role.HANDLER, Role.LINE_MANAGER}


def test_the_subtree_costs_one_more(supervisor, sub_branch, branch, django_assert_num_queries):
    user = fresh(supervisor)
    with django_assert_num_queries(2):
        assert rights_of(user).parts() == [Part(frozenset({branch.pk, sub_branch.pk}), None, False)]
        assert rights_of(user).parts("view_kpis")


def test_at_the_root_no_units_are_read(institution, django_assert_num_queries):
    user = fresh(person("head", Role.SUPERVISOR, institution))
    with django_assert_num_queries(1):
        assert rights_of(user).parts() == [Part(None, None, False)]


def test_a_lazy_user_of_a_request_shares_what_was_read(handler):
    user = fresh(handler)
    lazy = SimpleLazyObject(lambda: user)
    assert rights_of(lazy) is rights_of(user)


def test_a_new_membership_holds_from_the_next_request(handler, branch):
    user = fresh(handler)
    assert not rights_of(user).has("assign")
    hold(user, Role.DISPATCHER, branch, valid_from=TODAY())
    assert not rights_of(user).has("assign")
    assert rights_of(fresh(user)).has("assign")


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (-DAY, None, True),
        (0 * DAY, None, True),
        (DAY, None, False),
        (-DAY, 0 * DAY, True),
        (-2 * DAY, -DAY, False),
    ],
)
def test_a_membership_holds_from_its_first_day_through_its_last(handler, since, until, holds):
    until_on = None if until is None else TODAY() + until
    Membership.objects.filter(user=handler).update(valid_from=TODAY() + since, valid_until=until_on)
    assert rights_of(fresh(handler)).has("accept") is holds


def test_rights_can_be_asked_for_another_day(handler):
    Membership.objects.filter(user=handler).update(valid_until=TODAY())
    assert Rights(handler).roles
    assert not Rights(handler, TODAY() + DAY).roles


def test_a_disabled_account_may_nothing_and_costs_nothing(handler, django_assert_num_queries):
    handler.is_active = False
    with django_assert_num_queries(0):
        assert not rights_of(handler).has("view")


def test_the_system_costs_nothing(institution):
    system = User.system()
    with CaptureQueriesContext(connection) as queries:
        assert rights_of(system).has("close")
    assert len(queries) == 0


def test_a_line_of_business_narrows_a_membership(handler, branch):
    cards, loans = BusinessLine.objects.filter(code__in=["cards", "loans"]).order_by("code")
    Membership.objects.filter(user=handler).update(business_line=cards)
    user = fresh(handler)
    assert [part.line for part in rights_of(user).parts()] == [cards.pk]
    assert may("note")(lying(branch, business_line_id=cards.pk), user)
    assert not may("note")(lying(branch, business_line_id=loans.pk), user)
    assert may("note")(lying(branch, owner_id=user.pk, business_line_id=loans.pk), user), "it was given to them"


def test_a_line_that_is_open_anyway_is_no_part_of_its_own(handler, branch, other_branch):
    line = BusinessLine.objects.first()
    hold(handler, Role.SUPERVISOR, branch, business_line=line)
    assert [part.line for part in rights_of(fresh(handler)).parts()] == [None]
    hold(handler, Role.SUPERVISOR, other_branch, business_line=line)
    here, there = rights_of(fresh(handler)).parts()
    assert (here.line, there) == (None, Part(frozenset({other_branch.pk}), line.pk, False))


def test_a_lead_elsewhere_is_no_lead_here(handler, branch, other_branch):
    """B16: the role is asked for the case, not for the person."""
    hold(handler, Role.TEAM_LEAD, other_branch)
    rights, leads = rights_of(fresh(handler)), {Role.TEAM_LEAD, Role.SUPERVISOR}
    here, there = lying(branch), lying(other_branch)
    assert rights.allows("approve_decision", here) and rights.roles & leads
    assert not rights.allows_as(leads, "approve_decision", here)
    assert rights.allows_as(leads, "approve_decision", there)


def test_a_unit_without_a_path_opens_nothing(supervisor, branch):
    """An empty prefix would match every unit."""
    Unit.objects.filter(pk=branch.pk).update(path="")
    assert rights_of(fresh(supervisor)).parts() == []


def test_only_a_role_that_takes_has_a_queue(handler, other_branch):
    takes = handler.memberships.get()
    hold(handler, Role.QUALITY_ANALYST, other_branch)
    assert len(rights_of(fresh(handler)).queues()) == len(shared_queues(takes)) > 0


def test_what_is_open_anyway_is_not_said_twice():
    everything, some = (None, None), {1, 2}
    assert without_doubles({everything: None, (3, False): some}) == {everything: None}
    assert without_doubles({everything: {1}, (3, False): some}) == {everything: {1}, (3, False): {2}}
    assert without_doubles({(None, False): {1}, (3, False): some, (3, None): {2}}) == {
        (None, False): {1},
        (3, None): {2},
    }
