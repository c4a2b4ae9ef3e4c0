"""Doors for the clock."""

from celery import shared_task

from quality import cells


@shared_task(ignore_result=True)
def refresh_touched_cells() -> None:
    cells.refresh_all()
