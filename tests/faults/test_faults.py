"""What breaks while the service works: nothing acknowledged is lost, nothing is done twice, and it heals by itself."""

import os
import signal
import threading
import time

import pytest

from sqm_site.embedded.lifecycle import start, stop
from tests.faults.conftest import children, eventually

OUTAGE_SECONDS = 3
pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="the children of a process are read from /proc")


def stored(house, prefix):
    """Messages and cases with this beginning of the external id."""
    return house.ask(
        "SELECT count(*), count(DISTINCT m.case_id) FROM feedback_feedback f JOIN complaints_message m "
        f"ON m.feedback_id = f.id WHERE f.external_id LIKE '{prefix}%'"
    )


def test_a_killed_web_worker_loses_nothing_and_doubles_nothing(house, web):
    killed = []

    def kill():
        for mark in (100, 250, 400):
            eventually(lambda mark=mark: stored(house, "kill-")[0] >= mark)
            killed.append(children(web.pid)[0])
            os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    house.deliver_all([f"kill-{number}" for number in range(500)])
    killer.join()
    assert len(set(killed)) == 3
    assert stored(house, "kill-") == (500, 500)


def test_intake_does_not_notice_that_redis_is_away(house, web):
    stop(house.home, "REDIS_URL")
    try:
        end, answers, slowest = time.monotonic() + OUTAGE_SECONDS, [], 0.0
        while time.monotonic() < end:
            began = time.monotonic()
            answers.append(house.post(f"redis-{len(answers)}")[0])
            slowest = max(slowest, time.monotonic() - began)
    finally:
        start(house.home, "REDIS_URL")
    assert set(answers) == {201}
    assert slowest < 1
    assert stored(house, "redis-") == (len(answers), len(answers))


def test_without_postgresql_clients_are_told_to_come_back_and_it_heals_by_itself(house, web):
    stop(house.home, "DATABASE_URL")
    try:
        end, answers = time.monotonic() + OUTAGE_SECONDS, []
        while time.monotonic() < end:
            answers.append(house.post(f"postgres-{len(answers)}"))
    finally:
        start(house.home, "DATABASE_URL")
    assert {status for status, _ in answers} == {503}
    assert all(int(headers["Retry-After"]) > 0 for _, headers in answers)
    house.deliver_all([f"postgres-{number}" for number in range(len(answers))])
    assert stored(house, "postgres-") == (len(answers), len(answers))


def test_a_killed_celery_worker_fires_every_rung_once(house, web):
    house.deliver_all([f"rung-{number}" for number in range(60)], days_ago=18)

    def due():
        return house.ask("SELECT count(*) FROM complaints_clock WHERE next_fire_at <= now()")[0]

    assert due() > 200
    with house.program("beat"):
        with house.program("worker") as worker:
            eventually(lambda: len(children(worker.pid)) >= 2)
            for child in [*children(worker.pid), worker.pid]:
                os.kill(child, signal.SIGKILL)
        with house.program("worker"):
            eventually(lambda: due() == 0)
    fired, rungs, early = house.ask(
        "SELECT count(*), count(DISTINCT (clock_id, position)), count(*) FILTER (WHERE fired_at < c.started_at) "
        "FROM complaints_firing f JOIN complaints_clock c ON c.id = f.clock_id"
    )
    # a complaint of 18 days: 6 of the statutory ladder's 8 rungs, 4 each of sign-off and contact, 5 of the resolution
    assert (fired, rungs, early) == (60 * 19, 60 * 19, 0)
