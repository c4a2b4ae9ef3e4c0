from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from security import checks


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = _("Security")

    def ready(self) -> None:
        register(checks.keys_are_usable)
        register(checks.role_cannot_disable_triggers, "database")
        register(checks.scanner_is_there)
        register(checks.anchor_lies_elsewhere)
        register(checks.keys_fit_the_database, "database")
