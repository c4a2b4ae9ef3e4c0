"""What a load balancer is told."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory
from django.utils import timezone

from sqm_site.health import healthz, readyz
from sqm_site.models import Heartbeat

GET = RequestFactory().get("/")


def ask(view=readyz):
    answer = view(GET)
    return answer.status_code, json.loads(answer.content)


def test_alive_asks_nobody():
    assert ask(healthz) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_ready_when_all_work():
    Heartbeat.beat("fire due rungs", at=timezone.now())
    status, body = ask()
    assert (status, body["status"]) == (200, "ready")
    assert set(body["checks"].values()) == {"ready"}


@pytest.mark.django_db
def test_a_quiet_sweep_is_named_and_keeps_the_site_open():
    Heartbeat.beat("fire due rungs", at=timezone.now() - timedelta(seconds=61))
    Heartbeat.beat("seal new events", at=timezone.now())
    status, body = ask()
    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"]["sweeps"] == "quiet for more than 60 s: fire due rungs"


@pytest.mark.django_db
def test_a_site_whose_sweeps_have_not_begun_says_so():
    assert ask()[1]["checks"]["sweeps"] == "not begun"


@pytest.mark.django_db
def test_a_broker_that_is_away_keeps_the_site_open_and_is_told_at_once(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    Heartbeat.beat("fire due rungs", at=timezone.now())
    begun = time.monotonic()
    status, body = ask()
    assert (status, body["status"], body["checks"]["broker"]) == (200, "degraded", "away")
    assert time.monotonic() - begun < 1


@pytest.mark.django_db
def test_a_missing_migration_closes_the_site():
    MigrationRecorder(connection).record_unapplied("sqm_site", "0001_initial")
    answer = readyz(GET)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert json.loads(answer.content)["checks"]["schema"] == "1 migrations missing"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_closes_the_site():
    settings = connection.settings_dict
    kept = settings.copy()
    connection.close()
    settings.update(HOST="127.0.0.1", PORT=1, OPTIONS={"connect_timeout": 2})
    try:
        assert ask() == (503, {"status": "unavailable", "checks": {"database": "away"}})
    finally:
        settings.update(kept)
        connection.close()
