"""Warnings about deadlines that will stop being reliable."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from sla.services.calendars import short_calendars


@register(Tags.database)
def calendars_reach_far_enough(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Runs with `manage.py check --database default` and with every `migrate`."""
    if not databases:
        return []
    try:
        short = short_calendars(timezone.now())
    except DatabaseError:  # before the first migration there is nothing to look at
        return []
    return [
        Warning(
            warning,
            hint=_("Run publish_calendar with the State Council's notice, or update chinesecalendar and run setup."),
            id="sqm.W201",
        )
        for warning in short
    ]
