"""Make an API client and print its key once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from organization.models import Unit
from organization.services import create_client
from organization.services.accounts import DEFAULT_SCOPES
from organization.services.setup import ROOT
from sqm_site.errors import DomainError


class Command(BaseCommand):
    help = "Make an API client. Its key is printed once, as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--channels", required=True, help="such as phone,app")
        parser.add_argument("--unit", default=ROOT, help="code of the unit it posts for (default: the root)")
        parser.add_argument("--scopes", default=",".join(DEFAULT_SCOPES), help="such as feedback:write,cases:act")
        parser.add_argument("--per-minute", type=int, default=None, help="requests a minute; default: the setting")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = Unit.objects.filter(code=options["unit"]).first()
        if unit is None:
            raise CommandError(f"There is no unit {options['unit']}. Run `manage.py setup`, or correct --unit.")
        try:
            client, key = create_client(
                options["name"],
                channels=options["channels"].split(","),
                unit=unit,
                scopes=options["scopes"].split(","),
                per_minute=options["per_minute"],
                at=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{client.name} may post {', '.join(client.channels)} for {unit}. Its key, shown only now:")
        self.stdout.write(key)
