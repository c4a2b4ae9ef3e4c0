"""Doors for the clock."""

from celery import shared_task

from feedback import delivery
from sqm_site.clock import database_now
from sqm_site.models import Heartbeat


@shared_task(ignore_result=True)
def deliver_due_notices() -> None:
    at = database_now()
    Heartbeat.beat("deliver due notices", at=at, **delivery.deliver_due(at))
