"""Make a person with a role and print a one-time password."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from organization.models import Role, Team, Unit
from organization.services import create_user
from organization.services.setup import ROOT
from sqm_site.errors import DomainError


class Command(BaseCommand):
    help = "Make a person. The one-time password is printed as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role if role != Role.INTEGRATION])
        parser.add_argument("--unit", default=ROOT, help="code of the unit (default: the root)")
        parser.add_argument("--team", default="", help="name of a team of the unit")
        parser.add_argument("--display-name", default="")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = Unit.objects.filter(code=options["unit"]).first()
        if unit is None:
            raise CommandError(f"There is no unit {options['unit']}. Run `manage.py setup`, or correct --unit.")
        team = Team.objects.filter(unit=unit, name=options["team"]).first()
        if options["team"] and team is None:
            raise CommandError(f"Unit {unit.code} has no team {options['team']}.")
        try:
            user, password = create_user(
                options["name"],
                role=options["role"],
                unit=unit,
                team=team,
                display_name=options["display_name"],
                email=options["email"],
                at=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.username} is {options['role']} of {unit}. One-time password:")
        self.stdout.write(password)
