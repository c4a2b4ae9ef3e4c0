"""Somebody always holds the complaint post, and somebody always stands above."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from organization.models import Role, Unit, User
from organization.services import complaint_post, complaint_post_cached
from sqm_site import remembering
from tests.people import NOON, absent, person

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def substitute(branch) -> User:
    user = person("substitute", Role.HANDLER, branch)
    Unit.objects.filter(pk=branch.pk).update(substitute=user)
    return user


def test_the_receiver_holds_the_post(branch, receiver, substitute):
    assert complaint_post(branch, NOON) == receiver


def test_the_substitute_holds_it_while_the_receiver_is_absent(branch, receiver, substitute):
    absent(receiver, until=LATER)
    assert complaint_post(branch, NOON) == substitute
    assert complaint_post(branch, LATER) == receiver


def test_a_disabled_receiver_holds_nothing(branch, receiver, substitute):
    User.objects.filter(pk=receiver.pk).update(is_active=False)
    assert complaint_post(branch, NOON) == substitute


def test_a_unit_without_a_post_is_served_by_its_parent(branch, receiver, sub_branch):
    assert complaint_post(sub_branch, NOON) == receiver


def test_with_both_absent_the_parent_serves(institution, branch, receiver, substitute):
    head = person("head", Role.DISPATCHER, institution)
    Unit.objects.filter(pk=institution.pk).update(receiver=head)
    absent(receiver, until=LATER)
    absent(substitute, until=LATER)
    assert complaint_post(branch, NOON) == head


def test_with_all_absent_up_to_the_root_it_is_the_nearest(institution, branch, receiver):
    absent(receiver, until=LATER)
    absent(institution.receiver, until=LATER)
    assert complaint_post(branch, NOON) == receiver


def test_at_first_the_account_of_the_root_holds_every_post(sub_branch):
    assert complaint_post(sub_branch, NOON).username == "first-receiver"


def test_a_root_whose_post_was_emptied_still_takes_complaints(institution, sub_branch):
    Unit.objects.filter(pk=institution.pk).update(receiver=None)
    assert complaint_post(sub_branch, NOON).username == "first-receiver"


def test_it_costs_one_query_at_any_depth(sub_branch, receiver, django_assert_num_queries):
    deep = Unit.objects.get(pk=sub_branch.pk)
    with django_assert_num_queries(1):
        complaint_post(deep, NOON)


def test_intake_pays_once_in_five_seconds(branch, receiver, django_assert_num_queries, monkeypatch):
    clock = SimpleNamespace(monotonic=lambda: clock.seconds, seconds=100.0)
    monkeypatch.setattr(remembering, "time", clock)
    with django_assert_num_queries(1):
        assert complaint_post_cached(branch, NOON) == complaint_post_cached(branch, NOON) == receiver
    clock.seconds = 105.0
    with django_assert_num_queries(1):
        complaint_post_cached(branch, NOON)


def test_a_person_with_the_name_of_the_account_does_not_stand_in_for_it(institution):
    person("first-receiver.second", Role.HANDLER, institution)
    Unit.objects.update(receiver=None, substitute=None)
    assert complaint_post(institution, NOON).is_service
