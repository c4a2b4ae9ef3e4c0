"""Lay down what every installation starts with. Repeatable: what is there and was changed by people stays."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from complaints.services.recounting import recount_estimates
from complaints.services.redress import setup_redress
from complaints.services.spelling import spell_names
from complaints.services.taxonomy import setup_taxonomy
from organization.services import setup_organization
from security.enrolling import enrol_keys
from security.errors import WrongKeys
from sla.services.setup import setup_sla


class Command(BaseCommand):
    help = "Roles, units, calendar, rule sets, the default policy and the code lists; may be run again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        self.lay_down(at)
        recounted = sum(1 for _one in recount_estimates(at=at))
        if recounted:
            self.stdout.write(f"Counted again, by days published since: {recounted} deadlines.")

    @transaction.atomic
    def lay_down(self, at: datetime) -> None:
        try:
            enrol_keys(at)
        except WrongKeys as error:
            raise CommandError(str(error)) from error
        setup_organization(at)
        setup_sla()
        setup_redress()
        version = setup_taxonomy()
        spell_names()
        self.stdout.write(f"Set up: units, working calendar, rule sets, policy, code lists {version}.")
