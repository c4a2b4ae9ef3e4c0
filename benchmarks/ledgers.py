"""What the complaint ledger and the list of cases cost as jobs: of all cases, and with how many statements a batch."""

import time
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.seeded import head, seeded
from benchmarks.table import show
from complaints.jobs import JOBS
from complaints.sheets import MOST_ROWS
from organization.models import Job
from organization.services import jobs


def run() -> None:
    cases, today = seeded().cases, timezone.localdate()
    since = today - timedelta(days=3 * 365)
    ledger: dict[str, object] = {"ledger": "complaint", "since": f"{since}", "until": f"{today}", "unit": ""}
    every: dict[str, object] = {"filters": {}, "ordering": "-received_at"}
    rows = [measured("complaint ledger", "ledger", ledger), measured("list of cases", "case_list", every)]
    title = f"Jobs, {cases:,} cases (at most {MOST_ROWS:,} rows a file)"
    show(title, ("", "rows", "seconds", "rows a second", "statements", "MB"), *rows)


def measured(name: str, kind: str, arguments: dict[str, object]) -> tuple[str, int, float, float, int, float]:
    job = jobs.ask(JOBS[kind], arguments, by=head(), at=timezone.now())
    with CaptureQueriesContext(connection) as statements:
        began = time.perf_counter()
        jobs.run_due(JOBS)
        took = time.perf_counter() - began
    job = Job.objects.get(pk=job.pk)
    assert job.state == Job.State.DONE, job.fault
    return name, job.done, took, job.done / took, len(statements), job.size / 1e6
