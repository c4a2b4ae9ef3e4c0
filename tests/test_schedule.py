"""What ticks by itself, and what /readyz makes of it."""

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from sqm_site.health import QUIET_SWEEP
from sqm_site.models import Heartbeat
from sqm_site.schedule import CELERY_BEAT_SCHEDULE

SELDOM = [name for name, entry in CELERY_BEAT_SCHEDULE.items() if entry["schedule"] >= QUIET_SWEEP.total_seconds()]


def test_every_task_of_the_schedule_exists():
    assert settings.CELERY_BEAT_SCHEDULE is CELERY_BEAT_SCHEDULE
    assert all(import_string(entry["task"]).name == entry["task"] for entry in CELERY_BEAT_SCHEDULE.values())


@pytest.mark.parametrize("name", SELDOM)
def test_what_ticks_seldom_leaves_no_heartbeat(name, db):
    """A heartbeat that comes once an hour would make the service `degraded` for the other 59 minutes."""
    import_string(CELERY_BEAT_SCHEDULE[name]["task"])()
    assert not Heartbeat.objects.exists()
