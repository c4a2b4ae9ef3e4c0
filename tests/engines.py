"""Real engines for a test run that was given none, in a new home and stopped at the end; and compiled languages.

Loaded by `-p tests.engines` (pyproject.toml), because the settings read the addresses before any conftest is. Processes
of pytest-xdist inherit the addresses; each gets a home, a database (by pytest-django) and a number in Redis of its own.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from sqm_site.catalogues import compile_catalogues
from sqm_site.embedded import database_url, redis_url
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import ENGINES, running
from sqm_site.embedded.postgres import Postgres

ENDING = contextlib.ExitStack()
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 * 1024**3  # free; a run leaves some hundred MB in it
UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=512MB")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        take_part(worker)
    else:
        provide()
    return (yield)


def pytest_unconfigure() -> None:
    ENDING.close()


class Forgetful(Postgres):
    """What a test run wrote need not outlive the machine: nothing waits for the disk."""

    def _options(self) -> str:
        return " -c ".join([super()._options(), *UNSAFE])


def in_memory() -> str | None:
    """A folder in memory, if there is one with room: to empty all tables took eight times as long on a disk."""
    if os.environ.get("TMPDIR") or not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return str(MEMORY) if shutil.disk_usage(MEMORY).free > MEMORY_BYTES else None


def provide() -> None:
    home = Path(ENDING.enter_context(tempfile.TemporaryDirectory(prefix="sqm-test-", dir=in_memory()))).resolve()
    os.environ["SQM_HOME"] = str(home)  # no test touches the home of the checkout
    missing = [name for name in ENGINES if not os.environ.get(name)]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(ENGINES, "DATABASE_URL", Forgetful)  # for this start; those that tests start are durable
            ENDING.enter_context(running(home, *missing))
    except EngineError as error:
        raise pytest.UsageError(str(error)) from error
    addresses = {"DATABASE_URL": database_url(home), "REDIS_URL": redis_url(home)}
    os.environ.update({name: addresses[name] for name in missing})
    compile_catalogues()


def take_part(worker: str) -> None:
    os.environ["SQM_HOME"] = str(Path(os.environ["SQM_HOME"]) / worker)
    os.environ["REDIS_URL"] = in_database(os.environ["REDIS_URL"], 1 + int(worker.removeprefix("gw")))


def in_database(url: str, number: int) -> str:
    """Return the address with another database: in its query for a socket, in its path for a host."""
    if url.startswith("unix://"):
        return f"{url.partition('?')[0]}?db={number}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
