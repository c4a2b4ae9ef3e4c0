"""Beats and the database's clock."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from sqm_site.clock import ClocksApart, database_now
from sqm_site.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_the_database_tells_the_time():
    assert abs(database_now() - timezone.now()) < timedelta(seconds=5)


@pytest.mark.parametrize("apart", [timedelta(minutes=10), -timedelta(days=1)])
def test_a_host_with_a_wrong_clock_is_stopped(apart):
    with time_machine.travel(timezone.now() + apart), pytest.raises(ClocksApart):
        database_now()


def test_a_beat_is_one_row_a_name(django_assert_num_queries):
    first = timezone.now()
    with django_assert_num_queries(2):
        Heartbeat.beat("sweep", at=first, fired=3)
        Heartbeat.beat("sweep", at=first + timedelta(seconds=2), fired=0)
    beat = Heartbeat.objects.get()
    assert (beat.beat_at, beat.details) == (first + timedelta(seconds=2), {"fired": 0})
