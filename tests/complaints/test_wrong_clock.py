"""O12: a host with a wrong clock takes in nothing whose day of receipt it would have to make up."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from complaints.models import Case
from tests.cases import body

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("apart", [timedelta(days=2), -timedelta(days=2)])
def test_a_host_with_a_wrong_clock_takes_in_nothing_without_its_time(post, receiver, apart):
    """O12: a web host two days ahead answered 201, and the case had a wrong day of receipt."""
    with time_machine.travel(timezone.now() + apart):
        answer = post(body())
    assert (answer.status_code, answer.json()["code"]) == (503, "clocks-apart")
    assert int(answer["Retry-After"]) > 0
    assert not Case.objects.exists()
    assert post(body()).status_code == 201


def test_a_message_that_brings_its_time_is_taken(post, receiver):
    occurred_at = timezone.now() - timedelta(hours=1)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        answer = post(body(occurred_at=occurred_at.isoformat()))
    assert answer.status_code == 201
    assert Case.objects.get().received_at == occurred_at


def test_a_host_that_is_behind_does_not_refuse_honest_times_for_good(post, receiver):
    occurred_at = timezone.now()
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        answer = post(body(occurred_at=occurred_at.isoformat()))
    assert (answer.status_code, answer.json()["code"]) == (503, "clocks-apart")


def test_the_desk_keeps_the_words_and_says_why(client, handler, receiver):
    client.force_login(handler)
    call = {"external_id": "desk-1", "channel": "phone", "nature": "complaint", "words": "短信费多扣了两元"}
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):  # the session lasts
        answer = client.post("/desk/register/", call)
    assert answer.status_code == 503
    assert "短信费多扣了两元" in answer.content.decode()
    assert not Case.objects.exists()
