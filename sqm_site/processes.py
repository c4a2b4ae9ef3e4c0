"""The whole service on one machine: engines, base data, web, worker and beat. `up` and `demo` start it here."""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import cast

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command

from sqm_site.catalogues import compile_catalogues
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import ENGINES, running

READY_SECONDS = 60
STOP_SECONDS = 40  # more than the supervisor gives its parts
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def parts() -> dict[str, list[str]]:
    """Return the commands of the three parts by name."""
    # Celery warns of root because of pickle; we accept JSON only.
    calm = ["-W", "ignore:You're running the worker with superuser"]
    celery = [sys.executable, *calm, "-m", "celery", "--quiet", "--app", "sqm_site"]
    quiet = ["--loglevel", "WARNING"]
    return {
        "web": [sys.executable, "-m", "gunicorn", "-c", "python:sqm_site.gunicorn_conf", "sqm_site.wsgi"],
        "worker": [*celery, "worker", "--concurrency", os.environ.get("WORKER_CONCURRENCY", "2"), *quiet],
        # ticks of seconds need no memory of the last run, so no schedule file either
        "beat": [*celery, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "", *quiet],
    }


@contextlib.contextmanager
def service(say: Callable[[str], object]) -> Iterator[subprocess.Popen[bytes]]:
    """Run everything while the block runs; engines start first and stop last. Yield the supervisor."""
    _refuse_taken_port()
    try:
        with running(settings.SQM_HOME, *(name for name in ENGINES if not os.environ.get(name))):
            _prepare(say)
            with serving(parts()) as supervisor:
                _wait_until_ready(supervisor)
                yield supervisor
    except EngineError as error:
        raise CommandError(str(error)) from error


@contextlib.contextmanager
def serving(commands: Mapping[str, Sequence[str]]) -> Iterator[subprocess.Popen[bytes]]:
    """Run commands under one supervisor; its `wait()` returns when one of them has ended and all are stopped."""
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "sqm_site.supervisor", str(os.getpid()), json.dumps(commands)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,  # Ctrl-C reaches only us; we pass it on in order
    )
    try:
        yield supervisor
    finally:
        supervisor.terminate()
        try:
            supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """End the block at Ctrl-C or SIGTERM, in order; more of them do not disturb the ending."""

    def stop(signum: int, frame: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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


def _prepare(say: Callable[[str], object]) -> None:
    say("Preparing the database, base data, pages and languages.")
    compile_catalogues()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("setup")
    _collect_pages()


def _collect_pages() -> None:
    """Collect the static files when one of them changed: compressing a thousand takes longer than all the rest."""
    found = [(path, storage.path(path)) for finder in get_finders() for path, storage in finder.list([])]
    entries = sorted(f"{path} {Path(file).stat().st_mtime_ns}" for path, file in found)
    fingerprint = hashlib.sha256("\n".join(entries).encode()).hexdigest()
    mark = settings.STATIC_ROOT / "collected"
    if not mark.exists() or mark.read_text() != fingerprint:
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(fingerprint)


def _wait_until_ready(supervisor: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while not _ready():
        if supervisor.poll() is not None:
            raise CommandError("The service did not start; the log above says why.")
        if time.monotonic() > end:
            raise CommandError(f"The service did not answer within {READY_SECONDS} s; the log above says why.")
        time.sleep(0.1)


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
