"""Doors for the clock: each tick looks at what is due, and twice is once."""

from celery import shared_task

from complaints.services import escalating, sealing
from sqm_site.heartbeat import beating


@shared_task
def fire_due_rungs() -> None:
    with beating("fire due rungs"):
        escalating.fire_due()


@shared_task
def seal_new_events() -> None:
    with beating("seal new events"):
        sealing.seal_unread()
