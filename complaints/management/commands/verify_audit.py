"""Prove that nothing was changed or cut off, in the logs and in what they tell of."""

import resource
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from complaints.models import CaseEvent
from complaints.services.verifying import faults


class Command(BaseCommand):
    help = (
        "Check every case's event chain and that it tells how the case and all that hangs on it stand, the texts and "
        "messages, the chains of the audit rows, and the seals against the anchor file."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        began, count = time.monotonic(), 0
        for fault in faults():
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
