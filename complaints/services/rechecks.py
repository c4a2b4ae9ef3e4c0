"""Which cases are looked at again, because somebody may be missing for them."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from complaints.models import Recheck

AGAIN = f"""
INSERT INTO {Recheck._meta.db_table} AS old (case_id, alarms, since, due_at)
SELECT id, '{{}}', %s, %s FROM unnest(%s::bigint[]) AS id ORDER BY id
ON CONFLICT (case_id) DO UPDATE SET due_at = LEAST(old.due_at, EXCLUDED.due_at)
"""


def look_again(cases: Collection[int], *, at: datetime) -> None:
    """Let the sweep look at these cases (ids) from `at` on. One statement; what waits already keeps its alarm."""
    if cases:
        with connection.cursor() as cursor:
            cursor.execute(AGAIN, [at, at, list(cases)])
