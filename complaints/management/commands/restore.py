"""A home comes back from its backup, and proves that all of it is there."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from security.backups import BackupError, differences, opened
from sqm_site.dumps import DumpError
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import left_to_us, running


class Command(BaseCommand):
    help = "Bring a backup back into a new SQM_HOME or an empty database, and verify it."
    requires_system_checks: list[str] = []  # they ask the database, which is empty

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        began = time.monotonic()
        try:
            with opened(file) as backup, running(settings.SQM_HOME, *left_to_us("DATABASE_URL")):
                manifest = backup.manifest
                backup.restore()
                self.verify(differences(manifest), files=isinstance(manifest.get("files"), int))
        except (BackupError, DumpError, EngineError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        finally:
            connection.close()
        rows = sum(manifest["rows"].values())
        self.stdout.write(
            f"Restored {rows} rows as of {manifest['made_at']}, verified, in {time.monotonic() - began:.1f} s. "
            "What came later is not in it: let the channels send it again."
        )

    def verify(self, faults: list[str], *, files: bool) -> None:
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError("The database is not what the backup says: do not use it, restore it elsewhere.")
        call_command("verify_audit", files=files, stdout=self.stdout, stderr=self.stderr)
