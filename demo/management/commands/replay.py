"""Live an event log of another system through the doors, time-lapsed, and tell what became of each event."""

import csv
import io
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from complaints.models import Case
from demo import record
from demo.eventlog import LogError, Said, lines_of, mapping_of, moved
from demo.management.commands.seed import OTHERS, asked
from demo.progress import Progress
from demo.reliving import Outcome, bench, is_here, relive, times_here, times_of_log
from sqm_site.console import new_file

COLUMNS = ("line", "case", "activity", "at", "verbs", "outcome", "reason")


class Command(BaseCommand):
    help = (
        "Live an event log (CSV) through the doors on its own clock, in a home without cases or with the demonstration."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--mapping", type=Path, required=True, help="as samples/replay_mapping.json")
        parser.add_argument("--report", type=Path, required=True, help="a new file: a line each event, then the totals")
        parser.add_argument("--cases", type=int, help="only the first so many cases of the file")

    def handle(self, *args: Any, file: Path, mapping: Path, report: Path, cases: int | None, **options: Any) -> None:
        if is_here() or (Case.objects.exists() and record.begun_at() is None):
            raise CommandError("This home has cases of its own, or a replay. Set SQM_HOME to an empty folder.")
        if asked(OTHERS):
            raise CommandError("Others are connected to the database. Stop `up` and whatever else works on it.")
        if report.exists():
            raise CommandError(f"{report} exists already. Give another name.")
        try:
            said = mapping_of(mapping)
            lines = lines_of(file, said.columns)
        except LogError as error:
            raise CommandError(str(error)) from error
        chosen = set(list(dict.fromkeys(line.case for line in lines))[:cases])
        lines = [line for line in lines if line.case in chosen]
        by = moved(lines, timezone.now())
        begins = min((line.at + by for line in lines if line.at is not None), default=timezone.now())
        bar, place, outcomes = Progress(self.stdout, "Events are lived", len(lines)), bench(lines, at=begins), []
        for one in relive(lines, said, place, by=by):
            outcomes.append(one)
            bar.advance()
        totals = totals_of(outcomes, said, place.cases)
        new_file(report, written(outcomes, totals))
        for name, value in totals.items():
            self.stdout.write(f"{name}: {value}")


def totals_of(outcomes: list[Outcome], said: Said, cases: dict[str, str]) -> dict[str, str]:
    of_case = defaultdict(list)
    for one in outcomes:
        of_case[one.line.case].append(one)
    pairs = [(times_of_log(of_case[name], said), times_here(reference)) for name, reference in cases.items()]
    refused = sum(bool(one.reason) for one in outcomes)
    return {
        "events": f"{len(outcomes):,}",
        "accepted": f"{len(outcomes) - refused:,}",
        "refused": f"{refused:,}",
        "cases": f"{len(cases):,}",
        "cycle times as in the log": f"{sum(log.cycle == here.cycle for log, here in pairs):,}",
        "waiting times as in the log": f"{sum(log.waited == here.waited for log, here in pairs):,}",
    }


def written(outcomes: list[Outcome], totals: dict[str, str]) -> bytes:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(COLUMNS)
    for one in sorted(outcomes, key=lambda each: each.line.number):
        at = timezone.localtime(one.at).isoformat() if one.at else ""
        outcome = "refused" if one.reason else "accepted"
        sheet.writerow([one.line.number, one.line.case, one.line.activity, at, one.taken, outcome, one.reason])
    sheet.writerows(("total", name, value) for name, value in totals.items())
    return out.getvalue().encode()
