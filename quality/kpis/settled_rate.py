from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class SettledRate(Kpi):
    """Share of the complaints told in the period that were settled at once (即时办结率), without a checked decision.

    It is no target: a sample of them is checked, and its result stands beside it. None when nobody was told.
    """

    title = pgettext("KPI", "Settled at once")
    source = "house rule"
    numerator = ("settled",)
    denominator = "notified"
    parts = {
        "numerator": pgettext("part of a KPI", "Settled at once"),
        "denominator": pgettext("part of a KPI", "Told"),
        "rest": pgettext("part of a KPI", "With a checked decision"),
    }
    beside = True
