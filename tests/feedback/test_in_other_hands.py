"""M: a notice that another worker holds, and a phone that two customers have."""

from datetime import timedelta

import pytest
from django.db import transaction

from feedback.delivery import taken_in_hand
from feedback.models import Customer, Notice
from feedback.services import find_or_make_customer, key_indexes, notify
from tests.elsewhere import elsewhere, without_waiting
from tests.feedback.conftest import NOON


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_skips_a_notice_in_other_hands(recipient):
    """M: it neither sends it too nor waits for whoever does."""
    notify("offer", to_user=recipient, about="C261123-0483175-9", at=NOON, key="offer:1")
    notice = Notice.objects.get(channel="email")
    with elsewhere(lambda: Notice.objects.select_for_update().get(pk=notice.pk)), transaction.atomic():
        without_waiting()
        assert taken_in_hand(notice.pk, NOON) is None
    assert taken_in_hand(notice.pk, NOON).attempts == 1
    assert taken_in_hand(notice.pk, NOON + timedelta(seconds=1)) is None, "it is in hand now"


def customer_of(entity, **given: str) -> Customer:
    customer, _new = find_or_make_customer(given, key_indexes(given), legal_entity=entity, at=NOON, vouched=True)
    assert customer is not None
    return customer


def test_of_two_with_one_phone_the_one_that_was_made_from_it_is_taken(entity, django_assert_num_queries):
    """M: and the one whose phone became known later is not, whoever came first."""
    known = customer_of(entity, customer_no="T0001")
    made = customer_of(entity, phone="13800138000")
    customer_of(entity, customer_no="T0001", phone="13800138000")
    assert Customer.objects.count() == 2
    with django_assert_num_queries(1):  # found, and not made once more in vain
        assert customer_of(entity, phone="13800138000") == made != known
