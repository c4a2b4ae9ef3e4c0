from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class OnTimeRate(Kpi):
    """Share of the complaints whose deadline fell in the period that were told on or before it (及时率).

    The deadline is the earliest of the law in the round, else the internal one for the resolution; its whole second
    counts.
    Open overdue complaints count as late, and so do those withdrawn or declined after their deadline; ended before it
    without an answer, they do not count. Only days that are over count, so that nobody is late who still has time.
    None when nothing fell due.
    """

    title = pgettext("KPI", "On-time rate")
    source = "a figure of the regulators' assessments; counted by the date of the deadline: house rule"
    numerator = ("on_time",)
    denominator = "due"
    parts = {
        "numerator": pgettext("part of a KPI", "Told in time"),
        "denominator": pgettext("part of a KPI", "Due"),
        "rest": pgettext("part of a KPI", "Missed"),
    }
    green, amber = Decimal(98), Decimal(90)
    days_over = True
