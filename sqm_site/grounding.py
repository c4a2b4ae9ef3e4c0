"""What stands before anything serves: languages, tables, base data, pages. One start at a time does it."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command

from sqm_site import stopping
from sqm_site.catalogues import compile_catalogues
from sqm_site.schema import made_by_another_schema, remember_schema

ASK_SECONDS = 0.1


def prepare(say: Callable[[str], object]) -> None:
    """Make ready what is not yet; of two starts at once on one home the second waits and then finds it done."""
    with _alone(settings.SQM_HOME / "prepare.lock", say):
        say("Preparing the database, base data, pages and languages.")
        compile_catalogues()
        stopping.check()
        refuse_another_schema()
        call_command("migrate", interactive=False, verbosity=0)
        stopping.check()
        call_command("setup")
        remember_schema()
        stopping.check()
        _collect_pages()


def refuse_another_schema() -> None:
    """Raises CommandError for a database that an earlier state of the code made."""
    others = made_by_another_schema()
    if others:
        raise CommandError(
            f"The database was made by another schema ({', '.join(others)}). Begin anew with `make clean`, or keep it: "
            "run the version that made it, `manage.py backup FILE` there, and bring its cases over."
        )


@contextlib.contextmanager
def _alone(path: Path, say: Callable[[str], object]) -> Iterator[None]:
    """Hold the lock of the home. Raises CommandError when it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.open("a+")
    except OSError as error:
        raise CommandError(f"SQM_HOME: {path.parent} cannot be written ({error}). Choose another folder.") from error
    with lock:
        _wait_for(lock, say)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _wait_for(lock: TextIO, say: Callable[[str], object]) -> None:
    said = False
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not said:
                lock.seek(0)
                say(f"Another start prepares {settings.SQM_HOME} (process {lock.read() or 'unknown'}). Waiting for it.")
                said = True
            stopping.wait(ASK_SECONDS)
            stopping.check()


def _collect_pages() -> None:
    """Collect the static files when one of them changed: compressing a thousand takes longer than all the rest."""
    found = [(path, storage.path(path)) for finder in get_finders() for path, storage in finder.list([])]
    entries = sorted(f"{path} {Path(file).stat().st_mtime_ns}" for path, file in found)
    fingerprint = hashlib.sha256("\n".join(entries).encode()).hexdigest()
    mark = settings.STATIC_ROOT / "collected"
    if not mark.exists() or mark.read_text() != fingerprint:
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(fingerprint)
