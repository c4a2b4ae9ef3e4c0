"""Found a further legal entity with its root unit."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from organization.models import InstitutionType, LegalEntity, Unit
from organization.services import create_entity


class Command(BaseCommand):
    help = "Found a further legal entity with its root unit. Nothing of it is seen from another one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="code of the legal entity, such as insurer")
        parser.add_argument("name")
        parser.add_argument("--root", required=True, help="code of its root unit")
        parser.add_argument(
            "--type", choices=InstitutionType.values, default=InstitutionType.BANK, help="kind of institution"
        )
        parser.add_argument("--root-name", default="", help="name of its root unit (default: the name)")

    def handle(self, *args: Any, **options: Any) -> None:
        if LegalEntity.objects.filter(code=options["code"]).exists():
            raise CommandError(f"There is a legal entity {options['code']} already. Choose another code.")
        if Unit.objects.filter(code=options["root"]).exists():
            raise CommandError(f"There is a unit {options['root']} already. Choose another --root.")
        name = options["name"]
        root = create_entity(
            options["code"],
            name=name,
            root=options["root"],
            root_name=options["root_name"] or name,
            institution_type=options["type"],
        )
        self.stdout.write(f"{name} stands. Make its people next: create_user NAME --role ROLE --unit {root.code}")
