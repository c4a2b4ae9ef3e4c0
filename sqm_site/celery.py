"""Celery ticks the sweeps of `CELERY_BEAT_SCHEDULE`. What is due stands in PostgreSQL, never in the broker."""

import gc
import os
from typing import Any

from celery import Celery, signals

from sqm_site import timeouts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sqm_site.settings")
timeouts.serve()

app = Celery("sqm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_process_init.connect
def settled(**_named: Any) -> None:
    """What was imported stays: the collector need not walk it again, which is a seventh of a sweep."""
    gc.freeze()
