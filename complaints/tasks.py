"""Doors for the clock: each tick looks at what is due, and twice is once."""

from celery import shared_task

from complaints.jobs import JOBS
from complaints.services import (
    climbing,
    escalating,
    indexing,
    orphans,
    rechecking,
    recounting,
    sampling,
    scanning,
    sealing,
    spelling,
    waiting,
)
from organization.services import jobs
from security.services import anchor, seal_audit_heads
from sqm_site.clock import database_now


@shared_task
def fire_due_rungs() -> None:
    escalating.fire_due()


@shared_task
def climb_unanswered() -> None:
    climbing.climb_due()


@shared_task
def end_waits() -> None:
    waiting.end_waits()


@shared_task
def file_told_cases() -> None:
    waiting.file_told()


@shared_task
def keep_people() -> None:
    rechecking.keep_people()


@shared_task
def scan_attachments() -> None:
    scanning.scan_waiting()


@shared_task
def remove_orphans() -> None:
    orphans.remove_orphans()


@shared_task
def run_jobs() -> None:
    jobs.run_due(JOBS)


@shared_task
def draw_sample() -> None:
    sampling.draw_sample()


@shared_task
def seal_new_events() -> None:
    at = database_now()
    sealing.seal_unread(at=at)
    seal_audit_heads(at)
    anchor(at)


@shared_task
def count_deadlines_again() -> None:
    recounting.recount_changed()


@shared_task
def spell_new_names() -> None:
    spelling.spell_names()


@shared_task
def merge_new_words() -> None:
    indexing.merge_new_words()
