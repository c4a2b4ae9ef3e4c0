"""Configuration pages whose changes are put on record."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from security.services import record
from sqm_site.adminui import Configuration


class RecordedConfiguration(Configuration):
    """Who changed which fields of which row stands in the audit log, in the transaction of the change."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(
            "configure",
            actor=request.user,  # type: ignore[arg-type]
            subject=f"{obj._meta.model_name}:{obj.pk}",
            at=timezone.now(),
            details={"fields": form.changed_data, "added": not change},
        )
