"""How far the working calendars reach."""

from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from sla.models import Calendar

NOTICE = timedelta(days=60)
SHORT = _(
    "The calendar “{name}” ends on {day}. Deadlines after that are estimated by weekdays and the statutory holidays."
)
EMPTY = _("The calendar “{name}” has no published days. All its deadlines are estimated.")


def short_calendars(at: datetime) -> list[str]:
    """One sentence for each calendar whose published days end within 60 days: deadlines beyond are estimated."""
    published = Max("days__day", filter=Q(days__official=True))
    ends = Calendar.objects.annotate(ends_on=published).values_list("name", "ends_on").order_by("code")
    return [
        (SHORT if ends_on else EMPTY).format(name=name, day=ends_on)
        for name, ends_on in ends
        if ends_on is None or ends_on < (at + NOTICE).date()
    ]
