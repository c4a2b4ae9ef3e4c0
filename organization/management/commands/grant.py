"""Grant a proposal on the host, where no second administrator is there to do it."""

from typing import Any

from django.contrib import admin
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from organization.models import Proposal, User
from organization.proposing import grant
from sqm_site.errors import DomainError


class Command(BaseCommand):
    help = (
        "Grant a proposal without a second administrator; on record stands that it was done here. No number: list them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", nargs="?", type=int, help="number of the proposal; without one, those that wait")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["number"] is None:
            self.tell(at)
            return
        try:
            proposal = grant(options["number"], actor=User.system(), at=at, site=admin.site)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Granted: {proposal.model} {proposal}, asked by {proposal.asked_by}.")

    def tell(self, at: Any) -> None:
        waiting = Proposal.objects.open(at).select_related("asked_by").order_by("pk")
        for proposal in waiting:
            until = timezone.localtime(proposal.expires_at)
            named = f"{proposal.pk}: {proposal.model} {proposal}"
            self.stdout.write(f"{named}, asked by {proposal.asked_by}, until {until:%Y-%m-%d %H:%M}")
        if not waiting:
            self.stdout.write("No proposal waits.")
