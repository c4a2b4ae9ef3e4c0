"""Tables of the ground floor."""

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.db import connection, models

NOTHING: Mapping[str, int] = MappingProxyType({})


class Heartbeat(models.Model):
    """The last time something that must run by itself did run, and all times together. Readiness and metrics read it.

    details   counts of the last run
    isolated  what the sweep put aside, by key: {"error": name of the exception, "until": when it is tried again}
    runs, seconds, totals  since the beginning: how often, how long, and the sums of the counts
    """

    name = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField()
    details = models.JSONField(default=dict)
    isolated = models.JSONField(default=dict)
    runs = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    totals = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def beat(name: str, counts: Mapping[str, int] = NOTHING, *, at: datetime | None = None, took: float = 0) -> None:
        """Write down that `name` ran: one statement, whether the row exists or not.

        at    when; default: the database's now
        took  seconds
        """
        with connection.cursor() as cursor:
            cursor.execute(BEAT, [name, at, json.dumps(dict(counts)), took])

    def aside(self, at: datetime) -> dict[str, dict[str, str]]:
        """What stands aside at `at`."""
        return {key: one for key, one in self.isolated.items() if datetime.fromisoformat(one["until"]) > at}


BEAT = f"""
INSERT INTO {Heartbeat._meta.db_table} AS old (name, beat_at, details, totals, isolated, runs, seconds)
SELECT name, COALESCE(at, statement_timestamp()), counts, counts, '{{}}', 1, took
FROM (VALUES (%s, %s::timestamptz, %s::jsonb, %s::float)) AS beat(name, at, counts, took)
ON CONFLICT (name) DO UPDATE SET beat_at = EXCLUDED.beat_at, details = EXCLUDED.details,
    runs = old.runs + 1, seconds = old.seconds + EXCLUDED.seconds,
    totals = old.totals || (
        SELECT COALESCE(jsonb_object_agg(what, number::bigint + COALESCE((old.totals ->> what)::bigint, 0)), '{{}}')
        FROM jsonb_each_text(EXCLUDED.totals) AS each(what, number))
"""


class AppliedMigration(models.Model):
    """What stood in a migration when it was applied: `sqm_site.schema` compares it with the code."""

    name = models.CharField(max_length=120, unique=True)  # "app.0001_initial"
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
