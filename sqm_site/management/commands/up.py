from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sqm_site.processes import address, service, until_stopped


class Command(BaseCommand):
    help = "Start everything on this machine: engines where no address is set, web, worker and beat. Ctrl-C ends all."
    requires_system_checks: list[str] = []  # they ask the database, which does not run yet; `migrate` runs them

    def handle(self, *args: Any, **options: Any) -> None:
        with until_stopped(), service(self.stdout.write) as supervisor:
            host, port = address()
            self.stdout.write(f"SQM serves at http://{host}:{port}/admin/ (Ctrl-C stops it)")
            supervisor.wait()
            raise CommandError("A part of the service ended, so everything was stopped; the log above says which.")
