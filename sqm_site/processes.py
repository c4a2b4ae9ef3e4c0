"""The whole service on one machine: engines, base data, web, worker and beat. `up` and `demo` start it here."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from django.conf import settings
from django.core.management import CommandError

from sqm_site import stopping
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import ENGINES, abandon, left_to_us, running
from sqm_site.grounding import prepare
from sqm_site.troubles import Troubles
from sqm_site.watching import watching

READY_SECONDS = 60
STOP_SECONDS = 40  # more than the supervisor gives its parts
LOOK_SECONDS = 0.5


def parts() -> dict[str, list[str]]:
    """Return the commands of the parts by name. Of the two workers one may hang, and deadlines do not wait for it."""
    # Celery warns of root because of pickle; we accept JSON only.
    calm = ["-W", "ignore:You're running the worker with superuser"]
    celery = [sys.executable, *calm, "-m", "celery", "--quiet", "--app", "sqm_site"]
    quiet = ["--loglevel", "WARNING"]

    def worker(queue: str, processes: str) -> list[str]:
        named = ["--queues", queue, "--hostname", f"{queue}@%h"]
        return [*celery, "worker", *named, "--concurrency", processes, *quiet]

    return {
        "web": [sys.executable, "-m", "gunicorn", "-c", "python:sqm_site.gunicorn_conf", "sqm_site.wsgi"],
        "worker": worker("clock", os.environ.get("WORKER_CONCURRENCY", "2")),
        "outside": worker("outside", os.environ.get("OUTSIDE_CONCURRENCY", "2")),
        # ticks of seconds need no memory of the last run, so no schedule file either
        "beat": [*celery, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "", *quiet],
    }


class Running:
    """The service at work: the supervisor of its parts, and why it was given up."""

    def __init__(self, supervisor: subprocess.Popen[bytes]) -> None:
        self.supervisor = supervisor
        self.reason = "A part of the service ended for good; the log above says which, and why."

    def give_up(self, reason: str) -> None:
        """End everything because of `reason`."""
        self.reason = reason
        self.supervisor.terminate()

    def wait(self) -> None:
        """Return when somebody asked us to end. Raises CommandError when the service ended by itself."""
        while not stopping.wait(LOOK_SECONDS):
            if self.supervisor.poll() is not None:
                raise CommandError(self.reason)


@contextlib.contextmanager
def service(say: Callable[[str], object]) -> Iterator[Running]:
    """Run everything while the block runs; engines start first and stop last. In `stopping.until_stopped`."""
    _refuse_taken_port()
    engines = left_to_us(*ENGINES)
    with _sentences(), stopping.at_once(lambda: abandon(settings.SQM_HOME)), running(settings.SQM_HOME, *engines):
        stopping.check()
        prepare(say)
        with serving(parts(), essential=["web"]) as supervisor:
            works = Running(supervisor)
            with watching(settings.SQM_HOME, engines, say=say, give_up=works.give_up):
                _wait_until_ready(supervisor)
                yield works


@contextlib.contextmanager
def serving(commands: Mapping[str, Sequence[str]], essential: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """Run commands under one supervisor, which starts again what ends.

    essential  names of those without which all ends: when one never came up, or comes up no more
    """
    Troubles(settings.SQM_HOME).clear()
    arguments = [str(os.getpid()), json.dumps(commands), ",".join(essential), str(settings.SQM_HOME)]
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "sqm_site.supervisor", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,  # Ctrl-C reaches only us; we pass it on in order
    )
    with stopping.at_once(lambda: supervisor.send_signal(signal.SIGQUIT)):
        try:
            yield supervisor
        finally:
            supervisor.terminate()
            try:
                supervisor.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                supervisor.kill()
                supervisor.wait()
            Troubles(settings.SQM_HOME).clear()


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """Turn what an engine or the home refuses into the sentence of a command."""
    try:
        yield
    except EngineError as error:
        raise CommandError(str(error)) from error


def address() -> tuple[str, int]:
    """Return host and port where the pages are reached from this machine."""
    host = os.environ.get("BIND", "127.0.0.1")
    return ("127.0.0.1" if host == "0.0.0.0" else host), settings.PORT


def _refuse_taken_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address())
        except OSError as error:
            host, port = address()
            raise CommandError(f"{host}:{port} cannot be used ({error.strerror}). Set PORT to a free one.") from error


def _wait_until_ready(supervisor: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while not _ready():
        stopping.check()
        if supervisor.poll() is not None:
            raise CommandError("The service did not start; the log above says why.")
        if time.monotonic() > end:
            raise CommandError(f"The service did not answer within {READY_SECONDS} s; the log above says why.")
        stopping.wait(0.1)


def _ready() -> bool:
    known = next(iter(cast(list[str], settings.ALLOWED_HOSTS)), "*").lstrip(".")
    host = "localhost" if known == "*" else known
    connection = http.client.HTTPConnection(*address(), timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
