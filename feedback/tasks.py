"""Doors for the clock."""

from celery import shared_task

from feedback import delivery
from sqm_site.clock import database_now


@shared_task(ignore_result=True, soft_time_limit=delivery.TASK_SECONDS, time_limit=delivery.TASK_SECONDS + 10)
def deliver_due_notices() -> None:
    delivery.deliver_due(database_now())
