"""Doors for the clock: each tick looks at what is due, and twice is once."""

from celery import shared_task

from complaints.services import escalating, sealing, waiting
from security.services import anchor, seal_audit_heads
from sqm_site.clock import database_now
from sqm_site.models import Heartbeat


@shared_task
def fire_due_rungs() -> None:
    swept = escalating.fire_due()
    Heartbeat.beat("fire due rungs", at=database_now(), cases=swept.cases, rungs=swept.rungs)


@shared_task
def end_waits() -> None:
    at = database_now()
    Heartbeat.beat("end waits", at=at, cases=waiting.end_waits(at=at))


@shared_task
def seal_new_events() -> None:
    at = database_now()
    Heartbeat.beat("seal new events", at=at, events=sealing.seal_unread(at=at))
    seal_audit_heads(at)
    anchor(at)
