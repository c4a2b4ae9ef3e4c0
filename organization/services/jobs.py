"""Jobs: asked for by a person, done by a worker step by step, given out to that person alone for seven days.

A worker writes its heartbeat with each step. One that stays silent for two minutes was killed: the job is begun again,
three times at most. What is half done is kept nowhere, so a second run begins at the beginning.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from organization.errors import FileGone, JobOver, RightsChanged, TooManyJobs
from organization.jobs import NAME, JobKind, Run, TooMuch, Unwanted
from organization.models import Job, User
from organization.rights import rights_of
from organization.scope import footing
from security.models import Kind
from security.sealedfiles import keep_file, kept_content
from security.sealing import unseal
from security.services import record
from sqm_site.clock import database_now
from sqm_site.errors import Forbidden
from sqm_site.locking import hold_until_commit, only_one
from sqm_site.sweeping import RETRY, sweep

MOST_UNFINISHED = 3  # of one person
MOST_RUNS = 3
LOST_AFTER = timedelta(minutes=2)
KEPT = timedelta(days=7)
State, Fault = Job.State, Job.Fault
Kinds = Mapping[str, JobKind]

log = structlog.get_logger(__name__)


@transaction.atomic
def ask(kind: JobKind, arguments: Mapping[str, object], *, by: User, at: datetime) -> Job:
    """Put it in the queue; what waits or runs already for the same person is not asked for twice.

    Raises Forbidden, TooManyJobs.
    """
    if not rights_of(by).has(kind.needs):
        raise Forbidden
    assert by.legal_entity_id is not None, "whoever belongs to no legal entity exports nothing"
    hold_until_commit(f"jobs of {by.pk}")
    unfinished = list(Job.objects.unfinished().filter(asked_by=by))
    for job in unfinished:
        if (job.kind, job.arguments) == (kind.key, arguments):
            return job
    if len(unfinished) >= MOST_UNFINISHED:
        raise TooManyJobs(most=MOST_UNFINISHED)
    entity = {"legal_entity_id": by.legal_entity_id}
    return Job.objects.create(kind=kind.key, arguments=arguments, asked_by=by, asked_at=at, **entity)


def cancel(job: Job, *, at: datetime) -> None:
    """Its worker stops at the next step, and keeps nothing. Raises JobOver."""
    if not Job.objects.unfinished().filter(pk=job.pk).update(state=State.CANCELLED, ended_at=at):
        raise JobOver


def run_due(kinds: Kinds) -> int:
    """Do the oldest job that waits or lost its worker, and return how many were done.

    One at a time in the whole service: those that people wait for at their screens keep the database.
    """
    with only_one(NAME) as alone:
        if not alone:
            return 0
        return sweep(NAME, due(), work=lambda keys: work(keys, kinds), isolate=put_aside)["jobs"]


def due() -> Iterator[Sequence[int]]:
    silent = Q(heartbeat_at__lt=database_now() - LOST_AFTER)
    waiting = Job.objects.unfinished().filter(Q(state=State.QUEUED) | silent).order_by("pk")
    yield from ([key] for key in waiting.values_list("pk", flat=True)[:1])


def work(keys: Sequence[int], kinds: Kinds) -> dict[str, int]:
    run = begun(keys[0])
    if run is None:
        return {}
    kind = kinds[run.job.kind]
    try:
        if not rights_of(run.user).has(kind.needs):
            raise Forbidden
        finish(run, kind, kind.write(run))
    except Unwanted:
        return {}
    except Forbidden:
        fail(run, Fault.REFUSED)
    except TooMuch:
        fail(run, Fault.TOO_MUCH)
    except SoftTimeLimitExceeded:
        fail(run, Fault.TOO_LONG)
    return {"jobs": 1}


@transaction.atomic
def begun(key: int) -> Run | None:
    """Take the job; None: another worker has it by now, it was cancelled, or it was begun often enough."""
    at = database_now()
    silent = Q(heartbeat_at__lt=at - LOST_AFTER)
    waiting = Job.objects.unfinished().filter(Q(state=State.QUEUED) | silent, pk=key)
    job = waiting.select_related("asked_by").select_for_update(of=("self",), skip_locked=True).first()
    if job is None:
        return None
    if job.runs >= MOST_RUNS:
        job.state, job.fault, job.ended_at = State.FAILED, Fault.LOST, at
    else:
        job.state, job.runs, job.heartbeat_at = State.RUNNING, job.runs + 1, at
    job.save(update_fields=["state", "fault", "ended_at", "runs", "heartbeat_at"])
    return Run(job) if job.state == State.RUNNING else None


def finish(run: Run, kind: JobKind, content: bytes) -> None:
    """Store the file, then write down that it is there, and on record who has it of what. Raises Unwanted."""
    at, job = database_now(), run.job
    job.stored, key, job.sha256 = keep_file(content, owner=job.legal_entity_id, on=timezone.localdate(at))
    job.key, job.title, job.size = key, kind.named(job), len(content)
    job.state, job.ended_at, job.expires_at, job.footing = State.DONE, at, at + KEPT, standing(run.user)
    columns = ("stored", "key_sealed", "sha256", "title", "size", "state", "ended_at", "expires_at", "footing")
    with transaction.atomic():
        if not run.mine.update(**{name: getattr(job, name) for name in columns}):
            raise Unwanted  # the file has no row, and is removed as any orphan
        details = {"kind": job.kind, "arguments": job.arguments, "rows": run.done, "sha256": job.sha256}
        record(Kind.EXPORT, actor=run.user, subject=f"job:{job.pk}", at=at, details=details)
        for subject in run.subjects:
            record(Kind.EXPORT, actor=run.user, subject=subject, at=at, details={"job": job.pk, "sha256": job.sha256})


def fail(run: Run, fault: Job.Fault) -> None:
    run.mine.update(state=State.FAILED, fault=fault, ended_at=database_now())


def put_aside(key: int, error: Exception) -> datetime:
    """What went wrong goes wrong again: it is not begun a second time. Whoever asked may ask anew."""
    at = database_now()
    Job.objects.unfinished().filter(pk=key).update(state=State.FAILED, fault=Fault.BROKEN, ended_at=at)
    return at + RETRY


def given_out(job: Job, kind: JobKind, *, at: datetime) -> bytes:
    """The file, for whoever asked for it, with the download on record.

    Raises Forbidden, FileGone, RightsChanged, DamagedFile; then nothing is on record.
    """
    user = job.asked_by
    if not rights_of(user).has(kind.needs):
        raise Forbidden
    if not job.stored or job.expires_at is None or job.expires_at <= at:
        raise FileGone
    if job.footing != standing(user):
        raise RightsChanged
    key = unseal(job.key.token, row=job.row_id, field="key")
    content = kept_content(job.stored, key=key, sha256=job.sha256)
    record(Kind.READ, actor=user, subject=f"job:{job.pk}", at=at, details={"kind": job.kind, "sha256": job.sha256})
    return content


def forget_files(*, at: datetime) -> int:
    """Drop the keys of the files whose time is over, and return how many. The files are orphans from then on."""
    over = Job.objects.exclude(stored="").filter(expires_at__lte=at)
    return over.update(stored="", key_sealed="")


def standing(user: User) -> str:
    """A digest of all that decides which rows exist for somebody."""
    return hashlib.sha256(json.dumps(footing(user), default=sorted).encode()).hexdigest()
