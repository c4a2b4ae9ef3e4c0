"""Make an API client and print its key once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from organization.services import create_client, unit_by_code
from organization.services.accounts import DEFAULT_SCOPES, SCOPES
from organization.services.setup import ROOT
from sqm_site.errors import DomainError


def words(given: str) -> list[str]:
    """The words between commas: "phone, app" is two."""
    return [word.strip() for word in given.split(",") if word.strip()]


class Command(BaseCommand):
    help = "Make an API client. Its key is printed once, as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--channels", required=True, help="such as phone,app")
        parser.add_argument("--unit", default=ROOT, help="code of the unit it posts for (default: the root)")
        parser.add_argument("--scopes", default=",".join(DEFAULT_SCOPES), help=f"of {','.join(SCOPES)}")
        parser.add_argument("--per-minute", type=int, default=None, help="requests a minute; default: the setting")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            unit = unit_by_code(options["unit"])
            client, key = create_client(
                options["name"],
                channels=words(options["channels"]),
                unit=unit,
                scopes=words(options["scopes"]),
                per_minute=options["per_minute"],
                at=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{client.name} may post {', '.join(client.channels)} for {unit}. Its key, shown only now:")
        self.stdout.write(key)
