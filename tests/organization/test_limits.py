"""Requests a minute, with a real Redis and without one. Input row R57."""

import secrets
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from organization import limits
from organization.models import ApiClient
from tests.organization.conftest import in_threads

AT = datetime(2026, 11, 23, 4, 0, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(limits, "local", limits.Local())
    limits.server.cache_clear()
    yield
    limits.server.cache_clear()


@pytest.fixture
def hotline() -> ApiClient:
    """A number no run before had, because counters outlive a run in Redis by two minutes."""
    return ApiClient(pk=secrets.randbelow(10**12), per_minute=120)


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def allowed(client: ApiClient, requests: int, at: datetime = AT) -> int:
    return sum(limits.allow(client, at) is None for _request in range(requests))


def test_r57_of_121_requests_from_twenty_threads_120_pass(hotline):
    shares = [7, *[6] * 19]
    passed = in_threads(*[lambda share=share: allowed(hotline, share) for share in shares])
    assert sum(shares) == 121
    assert sum(passed) == 120


def test_it_says_how_long_to_wait(hotline):
    hotline.per_minute = 0
    assert limits.allow(hotline, AT) == 45


def test_the_next_minute_is_a_new_one(hotline):
    hotline.per_minute = 1
    assert allowed(hotline, 3) == 1
    assert allowed(hotline, 3, AT + timedelta(seconds=45)) == 1


def test_each_client_has_its_own_count(hotline):
    hotline.per_minute = 1
    other = ApiClient(pk=hotline.pk + 1, per_minute=1)
    assert allowed(hotline, 2) == allowed(other, 2) == 1


def test_a_client_without_a_number_has_that_of_the_settings(hotline, settings):
    settings.INTAKE_PER_MINUTE = 2
    hotline.per_minute = None
    assert allowed(hotline, 5) == 2


def test_the_counter_ends_by_itself(hotline):
    limits.allow(hotline, AT)
    key = f"sqm:limit:{hotline.pk}:{int(AT.timestamp()) // 60}"
    assert 0 < limits.server().ttl(key) <= 120


@pytest.mark.parametrize(
    "address", ["redis://127.0.0.1:1/0", "unix:///nowhere/valkey.sock", "redis+socket:///nowhere/valkey.sock"]
)
def test_without_redis_this_process_counts(hotline, settings, address):
    settings.REDIS_URL = address
    hotline.per_minute = 3
    assert allowed(hotline, 5) == 3


def test_without_redis_twenty_threads_still_get_120(hotline, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    passed = in_threads(*[lambda: allowed(hotline, 10)] * 20)
    assert sum(passed) == 120


def test_a_redis_that_never_answers_is_asked_once_and_waited_for_a_moment(hotline, settings, mute):
    settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
    assert allowed(hotline, 50) == 50
    mute.accept()[0].close()
    with pytest.raises(BlockingIOError):  # nobody came a second time
        mute.accept()[0].close()
    waits = limits.server().connection_pool.connection_kwargs
    assert waits["socket_timeout"] == waits["socket_connect_timeout"] == limits.TIMEOUT < 0.1


def test_redis_is_left_alone_for_five_seconds_and_then_found_again(hotline, settings):
    good = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hotline.per_minute = 1
    assert allowed(hotline, 1) == 1
    settings.REDIS_URL = good
    limits.server.cache_clear()
    assert allowed(hotline, 1) == 0
    limits.local.until -= limits.AWAY
    assert allowed(hotline, 2) == 1


def test_a_redis_that_refuses_to_write_closes_nothing(hotline):
    """The counter's name is taken by another kind of value: an error answer, not a lost connection."""
    limits.server().lpush(f"sqm:limit:{hotline.pk}:{int(AT.timestamp()) // 60}", "x")
    assert allowed(hotline, 2) == 2


def test_a_socket_is_found_in_celerys_form_too(settings):
    settings.REDIS_URL = "redis+socket:///run/sqm/valkey.sock?virtual_host=3"
    facts = limits.server().connection_pool.connection_kwargs
    assert (Path(facts["path"]), facts["db"]) == (Path("/run/sqm/valkey.sock"), 3)
