"""What breaks while the service works: nothing acknowledged is lost, nothing is done twice, and it heals by itself."""

import os
import signal
import threading
import time

import pytest
from redis import Redis

from sqm_site.embedded import redis_url
from sqm_site.embedded.lifecycle import start, stop
from tests.faults.conftest import children
from tests.nights import either
from tests.processes import eventually

OUTAGE_SECONDS = either(day=3, night=30)
SENT = either(day=500, night=10_000)
KILLS = either(day=3, night=60)
DUE_CASES = 60
pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="the children of a process are read from /proc")


def test_a_killed_web_worker_loses_nothing_and_doubles_nothing(house, web):
    killed = []

    def kill():
        for mark in [SENT * number // (KILLS + 2) for number in range(1, KILLS + 1)]:
            eventually(lambda mark=mark: len(house.stored("kill-")) >= mark)
            killed.append(children(web.pid)[0])
            os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    log = house.deliver_all([f"kill-{number:05d}" for number in range(SENT)])
    killer.join()
    assert len(set(killed)) == KILLS
    assert house.stored("kill-") == log
    assert len({reference for _external_id, reference in log}) == SENT


def test_intake_does_not_notice_that_redis_is_away(house, web):
    stop(house.home, "REDIS_URL")
    try:
        end, log, slowest = time.monotonic() + OUTAGE_SECONDS, [], 0.0
        while time.monotonic() < end:
            began = time.monotonic()
            answer = house.post(f"redis-{len(log):04d}")
            assert answer.status == 201
            log.append((f"redis-{len(log):04d}", answer.body["reference"]))
            slowest = max(slowest, time.monotonic() - began)
    finally:
        start(house.home, "REDIS_URL")
    assert slowest < 1
    assert house.stored("redis-") == log


def test_without_postgresql_clients_are_told_to_come_back_and_it_heals_by_itself(house, web):
    eventually(lambda: len(children(web.pid)) == 2)
    workers = children(web.pid)
    stop(house.home, "DATABASE_URL")
    try:
        end, answers = time.monotonic() + OUTAGE_SECONDS, []
        while time.monotonic() < end:
            answers.append(house.post(f"postgres-{len(answers):04d}"))
    finally:
        start(house.home, "DATABASE_URL")
    assert {(answer.status, answer.body["code"]) for answer in answers} == {(503, "unavailable")}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert house.stored("postgres-") == []
    log = house.deliver_all([f"postgres-{number:04d}" for number in range(len(answers))])
    assert house.stored("postgres-") == log
    assert children(web.pid) == workers


def kill_in_the_middle(house, worker):
    """Kill the worker and its children when a sweep has written its firings and waits to write its notices."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY%feedback_notice%'"
    with house.database() as holder:
        holder.execute("LOCK TABLE feedback_notice IN SHARE MODE")
        eventually(lambda: house.ask(waiting))
        for process in [worker.pid, *children(worker.pid)]:  # the parent first: it would start new children
            os.kill(process, signal.SIGKILL)


def test_a_killed_celery_worker_fires_every_rung_once(house, web):
    house.deliver_all([f"rung-{number}" for number in range(DUE_CASES)], days_ago=18)

    def due():
        return house.ask("SELECT count(*) FROM complaints_clock WHERE next_fire_at <= now()")[0][0]

    assert due() >= 200
    with house.program("beat"):
        with house.program("worker") as worker:
            kill_in_the_middle(house, worker)
        assert due() >= 200, "what was half done is undone"
        with Redis.from_url(redis_url(house.home)) as broker:
            broker.flushall()
        with house.program("worker"):
            eventually(lambda: due() == 0)
    # of each clock all rungs before the next one, each once; a clock without a next one has fired its whole ladder
    faulty = house.ask(
        "SELECT c.id FROM complaints_clock c LEFT JOIN complaints_firing f ON f.clock_id = c.id"
        " GROUP BY c.id HAVING array_remove(array_agg(f.position::int ORDER BY f.position), NULL)"
        " <> ARRAY(SELECT r.position::int FROM sla_rung r WHERE r.ladder_id = c.ladder_id"
        " AND r.position < coalesce(c.next_rung, 32767) ORDER BY r.position)"
    )
    fired = house.ask("SELECT count(*) FROM complaints_firing")[0][0]
    assert (faulty, fired >= 200) == ([], True)
