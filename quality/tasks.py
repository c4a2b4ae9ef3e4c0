"""Doors for the clock."""

from celery import shared_task

from quality import cells
from sqm_site.clock import database_now
from sqm_site.models import Heartbeat


@shared_task(ignore_result=True)
def refresh_touched_cells() -> None:
    at = database_now()
    done = cells.refresh_all()
    Heartbeat.beat("refresh touched cells", at=at, events=done.events, cases=done.cases)
