"""Everything a home needs to live again, in one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from security.backups import BackupError, back_up
from sqm_site.dumps import DumpError
from sqm_site.embedded.errors import EngineError
from sqm_site.embedded.lifecycle import left_to_us, running


class Command(BaseCommand):
    help = "Write the database, as of one moment, the files of cases and the anchors of the audit log into FILE."
    requires_system_checks: list[str] = []  # they ask the database, which may not run yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a name that does not exist yet; only its owner may read it")
        parser.add_argument(
            "--with-secrets", action="store_true", help="put the keys in too: whoever has the file reads everything"
        )

    def handle(self, *args: Any, file: Path, with_secrets: bool, **options: Any) -> None:
        try:
            with running(settings.SQM_HOME, *left_to_us("DATABASE_URL")):
                manifest = back_up(file.absolute(), with_secrets=with_secrets, at=timezone.now())
        except (BackupError, DumpError, EngineError) as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest["rows"].values())
        self.stdout.write(f"{file}: {rows} rows of {len(manifest['rows'])} tables, {file.stat().st_size} bytes.")
        files = manifest["files"]
        self.stdout.write(f"{files} files of cases." if isinstance(files, int) else f"Files of cases: {files}.")
        if not with_secrets:
            self.stdout.write("Its sealed values open only with SEAL_KEYS and INDEX_KEY: keep these safe elsewhere.")
