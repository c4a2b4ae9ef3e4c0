"""Celery ticks the sweeps of `CELERY_BEAT_SCHEDULE`. What is due stands in PostgreSQL, never in the broker."""

import os

from celery import Celery
from django.conf import settings

from sqm_site.embedded import broker_url

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sqm_site.settings")

app = Celery("sqm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(broker_url=broker_url(settings.REDIS_URL))
app.autodiscover_tasks()
