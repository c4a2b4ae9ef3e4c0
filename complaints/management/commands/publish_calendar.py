"""Enter the days of a year as the State Council published them, and count the open deadlines again."""

import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from complaints.services.recounting import Recounted, preview, recount_estimates
from organization.models import User
from security.services import record
from sla import rulebook
from sla.models import Calendar
from sla.services.publishing import publish_year, read_notice
from sqm_site.errors import DomainError


class Command(BaseCommand):
    help = (
        "Enter the notice of the State Council of one year (CSV: date, kind holiday or working, name; or JSON) in place"
        " of what was expected, and count the open deadlines again that were estimated. Once is enough; twice is once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("file", type=Path)
        parser.add_argument("--calendar", default="cn-bank", metavar="CODE", help="default: that of Chinese banks")
        parser.add_argument("--dry-run", action="store_true", help="only show which deadlines would move")

    def handle(self, *args: Any, year: int, file: Path, **options: Any) -> None:
        calendars = list(Calendar.objects.filter(code=options["calendar"]).order_by("pk"))
        if not calendars:
            raise CommandError(f"There is no calendar with the code {options['calendar']}.")
        try:
            notice = read_notice(file, year)
            if options["dry_run"]:
                self.try_out(calendars, year, notice)
            else:
                self.publish(calendars, year, notice)
        except DomainError as error:
            raise CommandError(str(error)) from error

    def try_out(self, calendars: list[Calendar], year: int, notice: list[Any]) -> None:
        at = timezone.now()
        with rulebook.supposing(lambda: [publish_year(one, year, notice, at=at) for one in calendars]):
            self.show(preview(at=at))
        self.stdout.write("Nothing was written.")

    def publish(self, calendars: list[Calendar], year: int, notice: list[Any]) -> None:
        with transaction.atomic():
            entered = [publish_year(calendar, year, notice, at=timezone.now()) for calendar in calendars]
        self.stdout.write(f"{year}: {len(notice)} days of the notice " + ("entered." if any(entered) else "stand."))
        since = datetime(year, 1, 1, tzinfo=ZoneInfo(calendars[0].zone))
        moved = self.show(recount_estimates(at=timezone.now(), since=since))
        if any(entered):
            # What came in meanwhile in a process that still held the old days.
            time.sleep(rulebook.RECHECK_SECONDS)
            moved += self.show(recount_estimates(at=timezone.now(), since=since), quietly=True)
        if moved:
            subject, details = f"calendar:{calendars[0].pk}", {"year": year, "deadlines_moved": moved}
            record("configure", actor=User.system(), subject=subject, at=timezone.now(), details=details)

    def show(self, recounted: Iterable[Recounted], *, quietly: bool = False) -> int:
        """A line each deadline that moves, old and new. Returns how many do."""
        moved = stood = 0
        for one in recounted:
            stood += one.estimated and one.was == one.now
            if one.was == one.now:
                continue
            moved += 1
            was, now = timezone.localtime(one.was), timezone.localtime(one.now)
            self.stdout.write(f"{one.reference} {one.kind}: {was:%Y-%m-%d %H:%M} -> {now:%Y-%m-%d %H:%M}")
        if not quietly or moved or stood:
            self.stdout.write(f"{moved} deadlines move, {stood} were estimated right.")
        return moved
