"""What the complaint ledger, the list of cases and a dossier of 100 cases cost as jobs."""

import time
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.seeded import head, seeded
from benchmarks.table import show
from complaints.jobs import JOBS
from complaints.jobs.dossier import MOST_CASES
from complaints.models import Case
from complaints.sheets import MOST_ROWS
from complaints.verbs import lettering
from organization.models import Job
from organization.services import jobs


def run() -> None:
    cases, today = seeded().cases, timezone.localdate()
    since = today - timedelta(days=3 * 365)
    ledger: dict[str, object] = {"ledger": "complaint", "since": f"{since}", "until": f"{today}", "unit": ""}
    every: dict[str, object] = {"filters": {"nature": ["complaint"]}, "ordering": "-received_at"}
    newest = Case.objects.visible_to(head()).order_by("-pk").values_list("reference", flat=True)[:MOST_CASES]
    issue_letters(references := sorted(newest))
    dossier: dict[str, object] = {"references": references}
    asked = {"complaint ledger": ("ledger", ledger), "list of cases": ("case_list", every)}
    asked["dossier, a letter each"] = ("dossier", dossier)
    rows = [measured(name, kind, arguments) for name, (kind, arguments) in asked.items()]
    title = f"Jobs, {cases:,} cases (at most {MOST_ROWS:,} rows a file)"
    show(title, ("", "rows", "seconds", "CPU seconds", "statements", "MB"), *rows)


def issue_letters(references: list[str]) -> None:
    for reference in references:
        lettering.issue_letter(reference, actor=head(), at=timezone.now(), kind="registration")


def measured(name: str, kind: str, arguments: dict[str, object]) -> tuple[str, int, float, float, int, float]:
    job = jobs.ask(JOBS[kind], arguments, by=head(), at=timezone.now())
    with CaptureQueriesContext(connection) as statements:
        began, worked = time.perf_counter(), time.process_time()
        jobs.run_due(JOBS)
        took, worked = time.perf_counter() - began, time.process_time() - worked
    job = Job.objects.get(pk=job.pk)
    assert job.state == Job.State.DONE, job.fault
    return name, job.done, took, worked, len(statements), job.size / 1e6
