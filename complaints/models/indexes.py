"""The indexes of cases by their next deadline, and by a unit that does not handle them."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from complaints.models.states import OPEN

# What lists by the next deadline hold: also a closed case that still owes a body outside its answer, or a call.
RUNNING = Q(state__in=[*OPEN]) | Q(next_due_at__isnull=False)

COUNTED_BY = ("handling_unit", "channel", "owner", "business_line", "nature", "brought_by")


def by_deadline(place: str, name: str, cases: Q = RUNNING, **more: Any) -> models.Index:
    """The cases of a place, the next deadline first, those without one last. more: options of the index."""
    return models.Index(fields=[place, "next_due_at", "id"], name=name, condition=cases, **more)


def handled_elsewhere(unit: str) -> Q:
    """Most cases are handled by the unit that they are about: these few have an index."""
    return Q(**{f"{unit}__isnull": False}) & ~Q(**{unit: F("handling_unit")})


def elsewhere(unit: str) -> models.Index:
    """The cases about a unit that another one handles, the newest first."""
    return models.Index(fields=[unit, "-received_at", "-id"], name=f"case_{unit}", condition=handled_elsewhere(unit))
