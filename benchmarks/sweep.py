"""The sweep: nothing due among 1,000 open cases, and 1,000 due clocks with one worker. `make bench ARGS=sweep`"""

import statistics
import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from benchmarks.ground import branch, program, table, taken
from complaints.models import Clock
from complaints.services.escalating import fire_due

CASES = 1_000
TIMES = 50


def main() -> None:
    at = timezone.now()
    unit, _handler = branch("sweep", at)
    client, _key = program(unit, at)
    for _ in range(CASES):
        taken(client, at)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    empty = [timed(lambda: fire_due(at=at))[0] for _ in range(TIMES)]
    # the last second of the sign-off: its reminder and its breach are due, and no other clock's rung
    signed_off_by = Clock.objects.filter(case__handling_unit=unit, kind="sign_off").latest("due_at").due_at
    late = signed_off_by + timedelta(seconds=1)
    due = Clock.objects.filter(next_fire_at__lte=late).count()
    seconds, swept = timed(lambda: fire_due(at=late))
    table(
        "Sweep",
        [
            ("nothing due, 1,000 open cases (at most 10 ms)", f"{statistics.median(empty) * 1000:.1f} ms"),
            (f"{due:,} due clocks, {swept.rungs:,} rungs (at most 10 s)", f"{seconds:.2f} s"),
        ],
    )


def timed(act):
    began = time.perf_counter()
    done = act()
    return time.perf_counter() - began, done


if __name__ == "__main__":
    main()
