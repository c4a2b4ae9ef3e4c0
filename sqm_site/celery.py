"""Celery ticks the sweeps of `CELERY_BEAT_SCHEDULE`. What is due stands in PostgreSQL, never in the broker."""

import os

from celery import Celery

from sqm_site import timeouts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sqm_site.settings")
timeouts.serve()

app = Celery("sqm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
