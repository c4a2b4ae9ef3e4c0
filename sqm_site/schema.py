"""Whether the tables of a home are those of this code. Until the tables are frozen, `0001` is cut anew at each landing.

Django remembers the name of a migration that was applied, not what stood in it: a home made by an earlier `0001` would
count as up to date, and fail at the first column that is not there.
"""

import hashlib
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from sqm_site.models import AppliedMigration


def made_by_another_schema() -> list[str]:
    """The applied migrations of ours ("app.name") that stand otherwise in this code; none for an empty database."""
    applied = _applied()
    if not applied:
        return []
    if AppliedMigration._meta.db_table not in connection.introspection.table_names():
        return sorted(applied)
    known = dict(AppliedMigration.objects.values_list("name", "digest"))
    return sorted(name for name in applied & known.keys() if _digest(name) != known[name])


def remember_schema() -> None:
    """Write down what stands in each applied migration that is not remembered yet."""
    known = set(AppliedMigration.objects.values_list("name", flat=True))
    at = timezone.now()
    AppliedMigration.objects.bulk_create(
        [AppliedMigration(name=name, digest=_digest(name), at=at) for name in sorted(_applied() - known)],
        ignore_conflicts=True,
    )


def _applied() -> set[str]:
    rows = MigrationRecorder(connection).applied_migrations()
    return {f"{app}.{name}" for app, name in rows if _file(app, name).parent.exists()}


def _digest(name: str) -> str:
    """SHA-256 of the file of a migration; empty where it is gone."""
    file = _file(*name.split(".", 1))
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _file(app: str, name: str) -> Path:
    return settings.BASE_DIR / app / "migrations" / f"{name}.py"
