"""One file with all that a home needs to live again: database, files, anchors of the audit log, on wish the secrets.

A zip with `database.dump` (pg_dump, custom format), `anchor.log`, the files of cases under `files/`, `secrets.json` and
`manifest.json`. The manifest says what must be there after a restore: names of the migrations, tables and their parts,
rows, how many files, and digests of the keys.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from security import blind, keycheck, sealing
from security.services import anchor_path
from sqm_site.dumps import dump, load
from sqm_site.storing import is_local, kept_files, names_of

FORMAT = 1
MANIFEST, DUMP, ANCHORS, SECRETS = "manifest.json", "database.dump", "anchor.log", "secrets.json"
FILES = "files/"
FILES_APART = "kept apart: in the bucket of FILES_URL, of which a copy or its versions must be kept"
KEPT_APART = "kept apart: a restore needs the SEAL_KEYS and INDEX_KEY whose digests stand under keys"
TABLES = "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
# Names only: how PostgreSQL prints a definition differs between its versions.
SHAPE = """
SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


class BackupError(Exception):
    """A backup cannot be made or restored: one sentence with what to do. Nothing was changed."""


def back_up(path: Path, *, with_secrets: bool, at: datetime) -> dict[str, Any]:
    """Write a new file that only its owner may read, as of one moment, while everything works. Return its manifest.

    Raises BackupError, DumpError.
    """
    if path.exists():
        raise BackupError(f"{path} is there already. Give another name.")
    anchors = anchor_path().read_bytes() if anchor_path().exists() else b""  # first: each names a seal of the snapshot
    with _draft(path) as file, zipfile.ZipFile(file, "w") as archive, _snapshot() as snapshot:
        with archive.open(DUMP, "w", force_zip64=True) as member:
            dump(cast(Any, member), snapshot=snapshot)
        manifest = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "secrets": "included" if with_secrets else KEPT_APART,
            "keys": keycheck.in_use(),
            "anchors": len(anchors.splitlines()),
            **contents(),
        }
        archive.writestr(ANCHORS, anchors)
        manifest["files"] = _write_files(archive)
        if with_secrets:
            archive.writestr(SECRETS, json.dumps(_own_secrets()))
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
    return manifest


def _write_files(archive: zipfile.ZipFile) -> int | str:
    """Put in the files of cases, sealed as they lie there; gives how many, or where they are.

    After the snapshot of the database: each file it names was written before. One without a row may come and go.
    """
    storage, count = kept_files(), 0
    if not is_local(storage):
        return FILES_APART
    for name in names_of(storage):
        try:
            with storage.open(name) as file:
                content = file.read()
        except FileNotFoundError:
            continue
        archive.writestr(f"{FILES}{name}", content)
        count += 1
    return count


def contents() -> dict[str, Any]:
    """What the database holds: names of the migrations, a digest of its shape, rows by table."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = sorted(name for (name,) in cursor.fetchall())
        rows = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            rows[table] = cursor.fetchone()[0]
        cursor.execute(SHAPE)
        shape = "\n".join(sorted(part for (part,) in cursor.fetchall()))
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "migrations": sorted(".".join(name) for name in applied),
        "schema": hashlib.sha256(shape.encode()).hexdigest(),
        "rows": rows,
    }


@contextmanager
def opened(path: Path) -> "Iterator[Backup]":
    """Open a backup that is whole and fits this version and these keys. Nothing is asked of the database yet.

    Raises BackupError.
    """
    try:
        archive = zipfile.ZipFile(path)
        damaged = archive.testzip()  # all of it, before anything is written
    except (OSError, zipfile.BadZipFile) as error:
        raise BackupError(f"{path} cannot be read as a backup of SQM ({error}). Take another one.") from error
    with archive:
        if damaged:
            raise BackupError(f"{path} is damaged ({damaged}). Take another backup.")
        if MANIFEST not in archive.namelist():
            raise BackupError(f"{path} is not a backup of SQM. Take another file.")
        manifest = json.loads(archive.read(MANIFEST))
        _refuse_another_version(manifest)
        secrets = json.loads(archive.read(SECRETS)) if SECRETS in archive.namelist() and _keys_are_local() else None
        if found := keycheck.faults(manifest["keys"], _values(secrets) if secrets else keycheck.own_values()):
            hint = f"Put the secrets.json of the old home into {settings.SQM_HOME}, or set SEAL_KEYS and INDEX_KEY."
            raise BackupError(f"{' '.join(found)} {hint}")
        yield Backup(archive, manifest, secrets)


@dataclass(frozen=True)
class Backup:
    """An open file. `secrets` are those that it brings into the home, if any."""

    archive: zipfile.ZipFile
    manifest: dict[str, Any]
    secrets: dict[str, str] | None

    def restore(self) -> None:
        """Bring it back into the empty database and the home of the settings.

        Raises BackupError, DumpError; then the database is as empty as before.
        """
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            if cursor.fetchone():
                raise BackupError("The database is not empty. Restore into a new SQM_HOME or a new database.")
        if self.secrets:
            _replace(settings.SQM_HOME / SECRETS, json.dumps(self.secrets).encode())
            _take_up(self.secrets)
        for name in self.archive.namelist():
            if name.startswith(FILES):
                kept_files().save(name.removeprefix(FILES), ContentFile(self.archive.read(name)))
        if not anchor_path().exists():  # one that was kept elsewhere is newer, and tells what the backup lacks
            _replace(anchor_path(), self.archive.read(ANCHORS))
        with self.archive.open(DUMP) as member:
            load(cast(Any, member))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def differences(manifest: dict[str, Any]) -> list[str]:
    """Return a sentence for everything in which the database is not what the manifest says."""
    now, found = contents(), []
    if now["schema"] != manifest["schema"] or now["migrations"] != manifest["migrations"]:
        found.append("The tables are not those of the backup.")
    names = sorted({*now["rows"], *manifest["rows"]})
    counts = ((name, now["rows"].get(name, 0), manifest["rows"].get(name, 0)) for name in names)
    return found + [f"{name} has {here} rows, the backup {there}." for name, here, there in counts if here != there]


def _refuse_another_version(manifest: dict[str, Any]) -> None:
    known = {".".join(name) for name in MigrationLoader(None).disk_migrations or ()}
    newer = sorted(set(manifest["migrations"]) - known)
    if manifest["format"] != FORMAT or newer:
        what = f"migration {newer[0]} is not known here" if newer else f"its format is {manifest['format']}"
        raise BackupError(f"The backup was made by another version of SQM ({what}). Restore it with that version.")


@contextmanager
def _snapshot() -> Iterator[str]:
    """One moment of the database, for us and for whoever is given its name.

    All tables are locked before that moment begins, as pg_dump locks them after it: a table that a rebuild of the
    figures puts in the place of another in between would be dumped, and its rows would be none of the snapshot's.
    Raises BackupError when a table is gone before it was locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = ", ".join(f"ONLY {connection.ops.quote_name(name)}" for (name,) in cursor.fetchall())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL lock_timeout = 0")
        try:
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS SHARE MODE")  # no SELECT before it: that begins the moment
        except ProgrammingError as error:
            raise BackupError(f"The tables are being changed ({error}). Try again.") from error
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


@contextmanager
def _draft(path: Path) -> Iterator[Any]:
    """A file that gets its name when it is whole and on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename it never replaces one that somebody else wrote meanwhile
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error}). Make room, or give another place.") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def _replace(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; what stood there is kept beside it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.read_bytes() != content:
        path.rename(path.with_name(f"{path.name}.replaced"))
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _keys_are_local() -> bool:
    """Whether the keys come from SQM_HOME/secrets.json, not from the environment."""
    names = ("SEAL_KEYS", "INDEX_KEY")
    return not settings.PRODUCTION and not any(name in os.environ or f"{name}_FILE" in os.environ for name in names)


def _own_secrets() -> dict[str, str]:
    """The secrets of the settings, wherever they came from, in the form of secrets.json."""
    seal_keys = ",".join(cast(list[str], settings.SEAL_KEYS))
    return {"SECRET_KEY": settings.SECRET_KEY, "SEAL_KEY": seal_keys, "INDEX_KEY": cast(str, settings.INDEX_KEY)}


def _take_up(secrets: dict[str, str]) -> None:
    """Let this process use the keys that it has brought into the home: it verifies what they sealed."""
    settings.SEAL_KEYS, settings.INDEX_KEY = secrets["SEAL_KEY"].split(","), secrets["INDEX_KEY"]
    for made_once in (sealing.boxes, sealing.key_ring, blind._index_key):
        made_once.cache_clear()


def _values(secrets: dict[str, str]) -> dict[str, str]:
    return keycheck.values_of_settings(secrets["INDEX_KEY"], secrets["SEAL_KEY"].split(","))
