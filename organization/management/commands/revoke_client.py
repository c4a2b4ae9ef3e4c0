"""Revoke the key of an API client, for good."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from organization.models import ApiClient
from organization.services import revoke_client


class Command(BaseCommand):
    help = "Revoke the key of an API client. Nothing brings it back: a new client gets a new key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        client = ApiClient.objects.filter(name=options["name"]).first()
        if client is None:
            raise CommandError(f"There is no client {options['name']}. Correct the name.")
        if not revoke_client(client, at=timezone.now()):
            raise CommandError(f"{client} was revoked before, at {client.revoked_at:%Y-%m-%d %H:%M} UTC.")
        self.stdout.write(f"{client} is revoked: its key stops within half a minute and never works again.")
