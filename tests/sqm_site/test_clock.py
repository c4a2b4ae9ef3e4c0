"""Beats and the database's clock."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from sqm_site.clock import COMPARED, ClocksApart, database_now, readiness, trusted_now
from sqm_site.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_the_database_tells_the_time():
    assert abs(database_now() - timezone.now()) < timedelta(seconds=5)


@pytest.mark.parametrize("apart", [timedelta(minutes=10), -timedelta(days=1)])
def test_a_host_with_a_wrong_clock_is_stopped(apart):
    with time_machine.travel(timezone.now() + apart), pytest.raises(ClocksApart):
        database_now()


def test_a_door_compares_once_a_minute_and_whenever_the_clock_was_set(django_assert_num_queries):
    """O12: the clock of a web host was never compared."""
    with django_assert_num_queries(0):
        trusted_now()
    COMPARED.compared_at -= 61
    with django_assert_num_queries(1):
        trusted_now()
        trusted_now()
    with time_machine.travel(timezone.now() + timedelta(days=2)), pytest.raises(ClocksApart):
        trusted_now()
    with django_assert_num_queries(1):  # at once, when it is right again
        trusted_now()


def test_readiness_names_a_wrong_clock(english):
    assert readiness() == "ready"
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        assert readiness().startswith("This host and the database disagree by 1728")


def test_a_beat_is_one_row_a_name(django_assert_num_queries):
    first = timezone.now()
    with django_assert_num_queries(2):
        Heartbeat.beat("sweep", {"fired": 3}, at=first)
        Heartbeat.beat("sweep", {"fired": 0}, at=first + timedelta(seconds=2))
    beat = Heartbeat.objects.get()
    assert (beat.beat_at, beat.details) == (first + timedelta(seconds=2), {"fired": 0})
