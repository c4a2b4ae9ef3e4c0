"""Start, stop and share the engines of one home.

Every program that needs them holds a shared lock while it runs; the last one to leave stops them. The kernel lets go
of a lock when its process dies in whatever way, so kill -9 leaves no count that is wrong.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from sqm_site.embedded.engine import Engine
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.place import Place, claim, place
from sqm_site.embedded.postgres import Postgres
from sqm_site.embedded.programs import interrupt
from sqm_site.embedded.valkey import Valkey

ENGINES: dict[str, type[Engine]] = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}
HELD: dict[Path, IO[str]] = {}  # the shared lock of each home that this process uses
ROOM_BYTES = 200 * 1024 * 1024  # a new cluster takes 40 MB, its journal grows to more


def left_to_us(*settings: str) -> list[str]:
    """Return those of these settings that the environment leaves to us: their engines are the embedded ones."""
    return [name for name in settings if not os.environ.get(name)]


@contextlib.contextmanager
def running(home: Path, *settings: str) -> Iterator[None]:
    """Keep the engines of these settings up while the block runs; the last user of the home stops them."""
    if not settings:
        yield
        return
    here = place(home)
    claim(here)
    with (here.engines / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        HELD[home] = users
        try:
            start(home, *settings)
            yield
        finally:
            del HELD[home]
            _leave(home, users)


def start(home: Path, *settings: str, room_bytes: int = ROOM_BYTES) -> None:
    """Start what does not run yet. Two starts at once make one set of servers."""
    here = place(home)
    claim(here)
    with _locked(here):
        if shutil.disk_usage(here.engines).free < room_bytes:
            raise EngineError(
                f"The disk of {here.engines} has less than {room_bytes // 2**20} MiB left. "
                "Make room, or set SQM_HOME to another disk."
            )
        here.make(here.sockets)
        for engine in _engines(here, settings):
            engine.start()


def dead(home: Path, *settings: str) -> list[str]:
    """Return which of these settings' engines do not run; cheap, since nothing is asked."""
    here = place(home)
    if not here.identity.exists():
        return list(settings)
    return [engine.setting for engine in _engines(here, settings) if not engine.alive()] if settings else []


def revive(home: Path, setting: str) -> None:
    """Start an engine that died. Raises EngineError, also when its data is gone: nothing is made anew."""
    here = place(home)
    if not all((here.engines / engine.name).exists() for engine in ENGINES.values() if engine.setting == setting):
        raise EngineError(f"The data of {here.engines} is gone. End this, and restore a backup.")
    start(home, setting, room_bytes=0)


def abandon(home: Path) -> None:
    """Let go of the engines at once: whatever starts is broken off, and unless others use them they are told to end."""
    interrupt()
    here = place(home)
    users = HELD.get(home)
    if users is None or _mark(here).exists():
        return
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else still works with them
    for engine in reversed(_engines(here, ())):
        engine.dismiss()


def in_use(home: Path) -> bool:
    """Whether a program works with the engines of this home."""
    lock = place(home).engines / "users.lock"
    if not lock.exists():
        return False
    with lock.open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def stop(home: Path, *settings: str) -> None:
    """Stop cleanly what runs; Valkey first, PostgreSQL, the place of record, last."""
    here = place(home)
    if here.identity.exists():
        with _locked(here):
            for engine in reversed(_engines(here, settings)):
                engine.stop()


def status(home: Path) -> dict[str, bool]:
    """Return whether each engine answers, by the setting that replaces it."""
    here = place(home)
    if not here.identity.exists():
        return dict.fromkeys(ENGINES, False)
    return {engine.setting: engine.is_ours() for engine in _engines(here, ENGINES)}


def remove(home: Path) -> None:
    """Stop the engines and delete all data of this home: what they kept, the anchor of its audit log, the secrets."""
    stop(home)
    here = place(home)
    for folder in (here.sockets, here.engines, home / "static", home / "troubles"):
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("secrets.json", "anchor.log", "prepare.lock"):
        (home / name).unlink(missing_ok=True)


def keep(home: Path, kept: bool) -> None:
    """Say that the engines stay up when their last user leaves (`manage.py engines start`)."""
    mark = _mark(place(home))
    mark.touch() if kept else mark.unlink(missing_ok=True)


def _leave(home: Path, users: IO[str]) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else still works with them
    if not _mark(place(home)).exists():
        stop(home)


def _mark(here: Place) -> Path:
    return here.engines / "keep"


def _engines(here: Place, settings: Collection[str]) -> list[Engine]:
    """Return the engines of these settings, all of them for none, with the token of this home."""
    if not here.identity.exists():
        here.identity.write_text(secrets.token_hex(16))
    token = here.identity.read_text()
    return [engine(here, token) for setting, engine in ENGINES.items() if not settings or setting in settings]


@contextlib.contextmanager
def _locked(here: Place) -> Iterator[None]:
    with (here.engines / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
