from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from security.enrolling import enrol_keys, retire_keys
from security.errors import WrongKeys
from security.rotation import rotate, sealed_models
from security.sealing import current_prefix


class Command(BaseCommand):
    help = (
        "Seal every stored value with the first key of SEAL_KEYS. Put the new key first, restart, run this, and take "
        "the old key out only when it says done. It can be stopped and started again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            enrol_keys(timezone.now())
        except WrongKeys as error:
            raise CommandError(str(error)) from error
        for model in sealed_models():
            total = 0
            for count in rotate(model):
                total += count
                self.stdout.write(f"{model._meta.label}: {total} rows")
        retire_keys(timezone.now())
        self.stdout.write(f"done: everything is sealed with {current_prefix()[:-1]}")
