"""Prove that nothing was changed or cut off, in the logs and in what they tell of."""

import resource
import time
from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from complaints.models import Attachment, CaseEvent
from complaints.services.downloading import damaged_files
from complaints.services.verifying import faults


class Command(BaseCommand):
    help = (
        "Check every case's event chain and that it tells how the case and all that hangs on it stand, the texts and "
        "messages, the chains of the audit rows, and the seals against the anchor file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--files", action="store_true", help="open every file of a case too, and compare its content with the log"
        )

    def handle(self, *args: Any, files: bool = False, **options: Any) -> None:
        began, count = time.monotonic(), 0
        for fault in chain(faults(), damaged_files() if files else ()):
            self.stderr.write(fault)
            count += 1
        if count:
            raise CommandError(f"{count} faults found: keep the database as it is and call security.")
        took, events = time.monotonic() - began, CaseEvent.objects.count()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # KiB on Linux
        self.stdout.write(
            "All chains, the cases they tell of, the seals and the anchor agree. "
            f"{events:,} events in {took:.1f} s, {events / took:,.0f} a second, at most {memory} MiB of memory."
        )
        if files:
            self.stdout.write(f"{Attachment.objects.count():,} files open, and their content is that of the log.")
