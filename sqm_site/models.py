"""Tables of the ground floor."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.functions import Now


class Heartbeat(models.Model):
    """The last time something that must run by itself did run. Readiness reads it.

    isolated  what the sweep put aside, by key: {"error": name of the exception, "until": when it is tried again}
    """

    name = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField()
    details = models.JSONField(default=dict)  # counts and durations only
    isolated = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def beat(name: str, *, at: datetime | Now, **details: Any) -> None:
        """Write down that `name` ran at `at`: one statement, whether the row exists or not."""
        Heartbeat.objects.bulk_create(
            [Heartbeat(name=name, beat_at=at, details=details)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["beat_at", "details"],
        )

    def aside(self, at: datetime) -> dict[str, dict[str, str]]:
        """What stands aside at `at`."""
        return {key: one for key, one in self.isolated.items() if datetime.fromisoformat(one["until"]) > at}


class AppliedMigration(models.Model):
    """What stood in a migration when it was applied: `sqm_site.schema` compares it with the code."""

    name = models.CharField(max_length=120, unique=True)  # "app.0001_initial"
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
