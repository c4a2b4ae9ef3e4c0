"""The indexes of cases by their next deadline."""

from typing import Any

from django.db import models
from django.db.models import Q

from complaints.models.states import OPEN

# What lists by the next deadline hold: also a closed case that still owes a body outside its answer, or a call.
RUNNING = Q(state__in=[*OPEN]) | Q(next_due_at__isnull=False)

COUNTED_BY = ("handling_unit", "channel", "owner", "business_line", "nature", "brought_by")


def by_deadline(place: str, name: str, cases: Q = RUNNING, **more: Any) -> models.Index:
    """The cases of a place, the next deadline first, those without one last. more: options of the index."""
    return models.Index(fields=[place, "next_due_at", "id"], name=name, condition=cases, **more)
