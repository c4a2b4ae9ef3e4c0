from typing import Any

from django.core.management.base import BaseCommand

from sqm_site.processes import address, service
from sqm_site.stopping import until_stopped


class Command(BaseCommand):
    help = (
        "Start everything on this machine: engines where no address is set, web, worker and beat; what dies is started "
        "again. Ctrl-C ends all in order, a second one at once."
    )
    requires_system_checks: list[str] = []  # they ask the database, which does not run yet; `migrate` runs them

    def handle(self, *args: Any, **options: Any) -> None:
        with until_stopped(), service(self.stdout.write) as running:
            host, port = address()
            self.stdout.write(f"SQM serves at http://{host}:{port}/admin/ (Ctrl-C stops it)")
            running.wait()
