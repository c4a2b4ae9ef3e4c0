"""The whole job before your eyes: an invented institution, its customers and its people."""

import os
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from complaints.models import Case
from complaints.services.importing import lay_down
from demo import record
from demo.checking import CHECKS, Driven
from demo.doors import DoorError
from demo.driving import drive, wait_for_the_worker
from demo.history import CASES, history
from demo.institution import Institution, Login, build
from demo.outcome import outcome
from demo.posts import plan
from demo.progress import Progress
from organization.models import User
from sqm_site.processes import address, service
from sqm_site.stopping import until_stopped

SHOWN_PROBLEMS = 10


class Command(BaseCommand):
    help = "Show the whole job with a made-up institution, check it, then serve it. A finished home is only checked."
    requires_system_checks: list[str] = []  # they ask the database, which does not run yet; `migrate` runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the check: 0 only if all of it held")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        os.environ.setdefault("LOG_LEVEL", "WARNING")  # the parts are started with it; the bars stay readable
        held = False
        with until_stopped(), service(self.stdout.write) as running:
            held, logins = self.show()
            if not once:
                self.invite(logins)
                running.wait()
        if once and not held:
            raise CommandError("The demonstration does not hold, or was broken off: see above.")

    def show(self) -> tuple[bool, list[Login]]:
        """Do the work or find it done, show what came of it, and prove it."""
        try:
            driven, logins = self.driven()
            self.table(outcome(driven))
            return self.prove(driven), logins
        except DoorError as error:
            raise CommandError(str(error)) from error

    def driven(self) -> tuple[Driven, list[Login]]:
        """What this home shows: done now, or found done."""
        began_at = record.begun_at()
        if began_at is None:
            return self.begin(timezone.now().replace(microsecond=0))
        driven = record.remembered(began_at)
        if driven is None:
            raise CommandError("The demonstration of this home was broken off. Run `make clean`, then `make demo`.")
        said = timezone.localtime(began_at).strftime("%Y-%m-%d %H:%M")
        self.stdout.write(f"The demonstration of {said} is here: checking it again.")
        wait_for_the_worker(self.stdout)
        return driven, []

    def begin(self, at: datetime) -> tuple[Driven, list[Login]]:
        if Case.objects.exists():
            raise CommandError("This home has cases of its own. Set SQM_HOME to an empty folder for the demonstration.")
        institution = self.lay_ground(at)
        posts = plan(at)
        log = drive(institution, posts, out=self.stdout)
        return record.finish(posts, log, at=timezone.now()), institution.logins

    def lay_ground(self, at: datetime) -> Institution:
        """The institution and its past, together or not at all."""
        bar = Progress(self.stdout, "Twelve months before", CASES)
        with transaction.atomic():
            record.begin(at)
            institution = build(at=at)
            lay_down(history(at), actor=User.system(), at=at, source="history", done=bar.reach)
        return institution

    def table(self, rows: list[tuple[str, str]]) -> None:
        self.stdout.write("")
        for name, number in rows:
            self.stdout.write(f"  {name:<26} {number}")
        self.stdout.write("")

    def prove(self, driven: Driven) -> bool:
        """Say line by line what holds, and what does not."""
        held = True
        for sentence, check in CHECKS.items():
            problems = check(driven)
            held = held and not problems
            self.stdout.write(f"  {'ok  ' if not problems else 'FAIL'}  {sentence}.")
            for problem in problems[:SHOWN_PROBLEMS]:
                self.stdout.write(f"        {problem}")
            if len(problems) > SHOWN_PROBLEMS:
                self.stdout.write(f"        and {len(problems) - SHOWN_PROBLEMS} more.")
        return held

    def invite(self, logins: list[Login]) -> None:
        """Where to go, and with which name; passwords are shown this once."""
        host, port = address()
        self.stdout.write("")
        if logins:
            self.stdout.write("  user name        password (shown only now)")
        for login in logins:
            self.stdout.write(f"  {login.username:<16} {login.password:<18} {login.name} {login.role}, {login.unit}")
        if not logins:
            self.stdout.write("  The passwords were shown when the demonstration was made.")
            self.stdout.write("  `manage.py changepassword hq.supervisor` gives one of its people a new one.")
        self.stdout.write(f"\nSQM serves the demonstration at http://{host}:{port}/admin/ (Ctrl-C stops it)")
