"""A large load, to try out how everything behaves with many cases."""

import contextlib
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import connection
from django.utils import timezone

from demo.bank import ROOT
from demo.bare import bare, restore
from demo.progress import Progress
from demo.seeding import Load, SeedError
from quality import cells
from security.services import anchor
from sqm_site.stopping import Stopped, until_stopped

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
SIZE = "SELECT pg_database_size(current_database())"


class Command(BaseCommand):
    help = (
        "Add N made-up cases with true histories, in a made-up institution of their own. Meanwhile the keys and "
        "indexes of their tables are down, so nothing else may be connected. N of 0 brings back what a killed run "
        "took down."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, required=True, metavar="N")
        parser.add_argument("--random-seed", default="1", metavar="WORD", help="the same word draws the same cases")

    def handle(self, *args: Any, cases: int, random_seed: str, **options: Any) -> None:
        if cases < 0:
            raise CommandError("--cases: give 0 or more.")
        if asked(OTHERS):
            raise CommandError("Others are connected to the database. Stop `up` and whatever else works on it.")
        finished = False
        with until_stopped():
            restore()
            if cases:
                self.seed(Load(cases, seed=random_seed, at=timezone.now().replace(microsecond=0)))
            finished = True
        if not finished:
            raise CommandError("Stopped. What was written by then is whole; `manage.py rebuild_kpis` counts it.")

    def seed(self, load: Load) -> None:
        before = asked(SIZE)
        load.prepare(Progress(self.stdout, "Histories are walked", load.histories).advance)
        back, began = Back(self.stdout), time.monotonic()
        try:
            with bare(load.tables(), back.reach):
                load.pour(Progress(self.stdout, "Cases are written", load.cases).reach)
                written = time.monotonic()
        except SeedError as error:
            raise CommandError(f"A process that wrote has failed: {error}") from error
        indexed = time.monotonic()
        load.analyze()
        cells.rebuild()
        anchor(timezone.now())
        counted = time.monotonic()
        without_search = indexed - began - back.search
        self.stdout.write(
            f"{load.cases:,} cases in {without_search:.1f} s with keys and indexes, "
            f"{load.cases / without_search:,.0f} a second ({written - began:.1f} s for the rows alone); "
            f"{back.search:.1f} s for the search index, {counted - indexed:.1f} s for the figures.\n"
            f"{(asked(SIZE) - before) / load.cases / 1024:.1f} KiB a case on disk. They belong to the unit {ROOT}; "
            f"`manage.py create_user NAME --role supervisor --unit {ROOT}` makes somebody who sees them all."
        )


class Back:
    """Shows how keys and indexes come back. search: the seconds that the search index took."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        self.bar: Progress | None = None
        self.search = self.last = 0.0

    def reach(self, done: int, of: int, statement: str) -> None:
        now = time.monotonic()
        if " USING gin " in statement:
            self.search = now - self.last
        self.last = now
        with contextlib.suppress(Stopped):  # whoever asked to stop waits for this
            self.bar = self.bar or Progress(self.out, "Keys and indexes", of)
            self.bar.reach(done)


def asked(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])
