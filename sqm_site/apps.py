from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from sqm_site import checks


class SiteConfig(AppConfig):
    name = "sqm_site"
    verbose_name = _("Service")

    def ready(self) -> None:
        register(checks.check_secret_key, Tags.security)
        register(checks.check_exposure, Tags.security)
        register(checks.check_doors, Tags.security)
        register(checks.check_database, Tags.database)
        register(checks.check_redis, Tags.database)
