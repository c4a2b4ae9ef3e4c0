"""Make a person with a role and print a one-time password."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from organization.models import Role, Team, Unit
from organization.services import create_user, unit_by_code
from organization.services.setup import ROOT
from sqm_site.errors import DomainError


def team_of(unit: Unit, name: str) -> Team:
    team = Team.objects.filter(unit=unit, name=name).first()
    if team is None:
        raise CommandError(f"Unit {unit.code} has no team {name}. Create it first, or correct --team.")
    return team


class Command(BaseCommand):
    help = "Make a person. The one-time password is printed as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role if role != Role.INTEGRATION])
        parser.add_argument("--unit", default=ROOT, help="code of the unit (default: the root)")
        parser.add_argument("--team", default="", help="name of a team of the unit")
        parser.add_argument("--display-name", default="")
        parser.add_argument("--staff-number", default="", help="as it stands on the badge")
        parser.add_argument("--email", default="")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        try:
            of_group = options["role"] == Role.GROUP_ADMINISTRATOR
            unit = None if of_group else unit_by_code(options["unit"])
            user, password = create_user(
                options["name"],
                role=options["role"],
                unit=unit,
                team=team_of(unit, options["team"]) if unit and options["team"] else None,
                display_name=options["display_name"],
                staff_number=options["staff_number"],
                email=options["email"],
                at=at,
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.username} is {options['role']} of {unit or 'the group'}. One-time password:")
        self.stdout.write(password)
