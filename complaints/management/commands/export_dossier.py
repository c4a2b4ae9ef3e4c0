"""案卷: some cases as one zip for an inspector, without the pages."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from complaints.bundles import Bundle
from complaints.jobs.dossier import DossierJob, exportable
from organization.jobs import TooMuch
from organization.models import Job, User
from organization.rights import rights_of
from security.models import Kind
from security.services import record
from sqm_site.console import new_file
from sqm_site.errors import DomainError


class Command(BaseCommand):
    help = "Write cases with their events, letters and files into FILE, masked, with hashes; it stands on record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", nargs="+")
        parser.add_argument("--to", type=Path, required=True, help="a name that does not exist yet")
        parser.add_argument("--by", required=True, help="user name of whoever has it made, and may export these cases")

    def handle(self, *args: Any, reference: list[str], to: Path, by: str, **options: Any) -> None:
        user, at = User.objects.filter(username=by).first(), timezone.now()
        if user is None or not rights_of(user).has(DossierJob.needs):
            raise CommandError(f"{by} may export nothing. Name a supervisor, or whoever else has the right.")
        try:
            with Bundle(user, at) as bundle:
                for written in reference:
                    bundle.add(exportable(written, user).pk)
                content = bundle.close()
        except DomainError as error:
            raise CommandError(str(error)) from error
        except TooMuch as error:
            raise CommandError(str(Job.Fault.TOO_MUCH.label)) from error
        digest = hashlib.sha256(content).hexdigest()
        with transaction.atomic():
            for subject in bundle.subjects:
                record(Kind.EXPORT, actor=user, subject=subject, at=at, details={"sha256": digest})
            new_file(to, content)
        self.stdout.write(f"{to}: {len(bundle.cases)} cases, {len(content):,} bytes, SHA-256 {digest}.")
