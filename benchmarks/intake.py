"""POST /api/v1/feedback/ against a bare DRF view, under the same gunicorn and in turns; and where its time goes."""

import subprocess
import sys
from collections.abc import Iterator

from django.db import connection

from benchmarks.load import Target, press, serving
from benchmarks.messages import posted_bodies, sender
from benchmarks.parts import Door, split, statements
from benchmarks.table import show

CLIENTS = (1, 4, 16)
ROUNDS = 3  # of each view at each number of clients, in turns
SECONDS = 4.0  # of one round
PROFILED = 600  # requests
INTAKE = "/api/v1/feedback/"


def run() -> None:
    bare_settings = ["--settings", "benchmarks.bare.settings"]
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0", *bare_settings], check=True
    )
    bodies = posted_bodies()
    with serving("benchmarks.bare.wsgi") as bare_port, serving("sqm_site.wsgi") as port:
        bare = Target("bare view", bare_port, "/bare/")
        intake = Target("intake", port, INTAKE, sender()[1])
        for target in (bare, intake):  # every thread of every process has its connection and its caches
            press(target, bodies, clients=16, seconds=3)
        rows = [row for clients in CLIENTS for row in compared(bare, intake, bodies, clients)]
    head = ("", "clients", "requests", "requests/s", "p50 ms", "p99 ms", "of the bare rate")
    show("Intake under gunicorn, 2 workers x 4 threads", head, *rows)
    profile()


def compared(bare: Target, intake: Target, bodies: Iterator[bytes], clients: int) -> list[tuple[object, ...]]:
    for target in (bare, intake):
        target.seconds, target.taken = 0.0, []
    for _ in range(ROUNDS):
        for target in (bare, intake):
            press(target, bodies, clients=clients, seconds=SECONDS)
    return [line(target, clients, rate(target) / rate(bare)) for target in (bare, intake)]


def rate(target: Target) -> float:
    return len(target.taken) / target.seconds


def line(target: Target, clients: int, ratio: float) -> tuple[object, ...]:
    taken = sorted(target.taken)
    p50, p99 = (1000 * taken[int(len(taken) * share)] for share in (0.5, 0.99))
    return target.name, clients, len(taken), rate(target), p50, p99, ratio


def profile() -> None:
    door, bodies = Door(INTAKE, sender()[1]), posted_bodies()
    for _ in range(50):
        door.post(next(bodies))
    counted = [statements(door, bodies) for _ in range(20)]
    times = split(door, bodies, PROFILED)
    show("CPU time of one intake", ("part", "ms"), *times.items())
    show(
        "Statements of one intake, beside BEGIN, COMMIT and the connection's health check",
        ("", "least", "most"),
        ("statements", min(counted), max(counted)),
    )
    connection.close()
