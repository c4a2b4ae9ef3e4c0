"""What is overdue and what will be is read from the clocks that run."""

import json
from datetime import timedelta

from django.db import connection

from complaints.models import Clock
from quality.deadlines import running, windows
from tests.cases import taken
from tests.people import NOON

LATER = NOON + timedelta(days=60)


def test_overdue_clocks_are_found_without_a_look_at_those_that_stopped(integration):
    """B25: no index knew which clocks run: of 160,000 that were read 5,608 did, and each year there were more."""
    for _ in range(8):
        taken(integration)
    Clock.objects.exclude(kind="resolution").update(stopped_at=NOON + timedelta(days=1))
    past = list(Clock.objects.exclude(stopped_at=None))
    for number in range(100):
        for clock in past:
            clock.pk, clock.subject = None, f"past:{number}"
        Clock.objects.bulk_create(past)
    overdue = running().filter(windows(LATER)["overdue"].due)
    with connection.cursor() as cursor:
        # the choice must not hang on whether autovacuum came by; so few rows are also read at once, whatever the index
        cursor.execute("ANALYZE complaints_clock; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = json.loads(overdue.explain(format="json", analyze=True))[0]["Plan"]
    assert (plan["Index Name"], plan["Actual Rows"]) == ("clock_running_due", 8)
    assert "Rows Removed by Filter" not in plan
