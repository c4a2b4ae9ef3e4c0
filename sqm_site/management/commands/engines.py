from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sqm_site.embedded import lifecycle
from sqm_site.embedded.errors import EngineError


class Command(BaseCommand):
    help = "Start, stop, look at or delete the engines of SQM_HOME. Once started so, they run until `engines stop`."
    requires_system_checks: list[str] = []  # they ask the database, which may not run

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status", "remove"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action in {"stop", "remove"} and lifecycle.in_use(settings.SQM_HOME):
            raise CommandError(
                f"A program works with the engines of {settings.SQM_HOME}. End it first: Ctrl-C in `up`."
            )
        try:
            if action == "start":
                lifecycle.start(settings.SQM_HOME)
                lifecycle.keep(settings.SQM_HOME, True)
            elif action == "stop":
                lifecycle.keep(settings.SQM_HOME, False)
                lifecycle.stop(settings.SQM_HOME)
            elif action == "remove":
                lifecycle.remove(settings.SQM_HOME)
            for setting, answers in lifecycle.status(settings.SQM_HOME).items():
                self.stdout.write(f"{setting}: {'running' if answers else 'stopped'}")
        except EngineError as error:
            raise CommandError(str(error)) from error
