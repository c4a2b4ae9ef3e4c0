from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlaConfig(AppConfig):
    name = "sla"
    verbose_name = _("Deadlines")

    def ready(self) -> None:
        import_module("sla.checks")  # registers itself; it needs the models, which are not there any earlier
