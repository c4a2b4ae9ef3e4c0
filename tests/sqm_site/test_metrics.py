"""What Prometheus is told of the sweeps."""

from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sqm_site.models import Heartbeat
from sqm_site.sweeping import sweep
from tests.sqm_site.test_sweeping import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def token(settings) -> None:
    settings.METRICS_TOKEN = "a token"


def scraped(client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", headers={"Authorization": "Bearer a token"})
    families = text_string_to_metric_families(answer.content.decode())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_sweeps_are_counted_over_all_their_runs(client):
    Desk().sweep([1, 2, 3])
    Desk(bad={4}).sweep([4, 5])
    told = scraped(client)
    assert told["sqm_sweep_runs_total", "numbers"] == 2
    assert told["sqm_sweep_done_total", "numbers", "numbers"] == 4
    assert told["sqm_sweep_isolated", "numbers"] == 1
    assert told["sqm_sweep_seconds_total", "numbers"] > 0


def test_a_count_that_comes_later_begins_at_nothing(client):
    sweep("notices", [[1]], lambda _keys: {"down": 1}, Desk().isolate)
    sweep("notices", [[1]], lambda _keys: {"sent": 2}, Desk().isolate)
    told = scraped(client)
    assert (told["sqm_sweep_done_total", "notices", "down"], told["sqm_sweep_done_total", "notices", "sent"]) == (1, 2)


def test_the_moment_of_the_last_run_is_told(client):
    at = datetime(2026, 11, 28, 9, tzinfo=UTC)
    Heartbeat.beat("numbers", at=at)
    assert scraped(client)["sqm_sweep_beat_timestamp_seconds", "numbers"] == at.timestamp()


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer another", "a token"])
def test_nobody_else_is_told(client, settings, shown):
    """How many deadlines we reach and miss in a minute is no customer's business."""
    assert client.get("/metrics", headers={"Authorization": shown}).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
