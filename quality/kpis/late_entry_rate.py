from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class LateEntryRate(Kpi):
    """Share of the complaints told in the period whose telling was entered late (补录率).

    Late is an entry after a deadline of a telling before it, and any entry more than 24 hours after the telling. Until
    a second person has agreed, such a telling counts from its entry. None when nobody was told.
    """

    title = pgettext("KPI", "Late-entry rate")
    source = "house rule: who is measured by a time does not enter it unseen"
    better = "lower"
    numerator = ("entered_late",)
    denominator = "notified"
    parts = {
        "numerator": pgettext("part of a KPI", "Entered late"),
        "denominator": pgettext("part of a KPI", "Told"),
        "rest": pgettext("part of a KPI", "Entered in time"),
    }
    green, amber = Decimal(2), Decimal(5)
    beside = True
