"""What an installation still lacks before people may rely on it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connections

# Plain SQL, because checks are asked before the first migration too.
TABLE_EXISTS = "SELECT to_regclass('organization_unit') IS NOT NULL"
ROOTS_WITHOUT_A_PERSON = """
SELECT unit.code FROM organization_unit unit LEFT JOIN organization_user holder ON holder.id = unit.receiver_id
WHERE unit.parent_id IS NULL AND (holder.id IS NULL OR holder.is_service OR NOT holder.is_active)
"""


def check_complaint_post(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """The last complaint post must be held by somebody who reads what lands there."""
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(TABLE_EXISTS)
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(ROOTS_WITHOUT_A_PERSON)
            for (code,) in cursor.fetchall():
                yield Warning(
                    f"Nobody holds the complaint post of unit {code}: cases nobody else takes wait unread.",
                    hint="Enter a person as the unit's receiver (A) in the admin, under Units.",
                    id="sqm.W101",
                )
