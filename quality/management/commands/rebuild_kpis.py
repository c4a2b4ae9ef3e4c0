"""Count all KPI figures anew."""

import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quality import cells
from quality.models import CaseFact, Cell
from quality.swapping import NotSwapped


class Command(BaseCommand):
    help = "Count the facts of all cases and the KPI cells anew. Pages show the old figures until it ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="leave earlier months as they are"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Counting; about 30 seconds for a million cases.")
        began = time.monotonic()
        try:
            cells.rebuild(options["since"])
        except NotSwapped as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - began
        self.stdout.write(
            f"{CaseFact.objects.count()} rounds and offers, {Cell.objects.count()} cells in {seconds:.1f} s."
        )
