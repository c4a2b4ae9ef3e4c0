from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class OwnerEntryRate(Kpi):
    """Share of the complaints told in the period whose customer's view was entered by who did the work (经办人代录率).

    Such an answer is kept and counts in no satisfaction. None when nobody was told.
    """

    title = pgettext("KPI", "Answers entered by the handler")
    source = "house rule: who is measured by an answer does not give it"
    better = "lower"
    numerator = ("entered_by_owner",)
    denominator = "notified"
    parts = {
        "numerator": pgettext("part of a KPI", "Entered by the handler"),
        "denominator": pgettext("part of a KPI", "Told"),
        "rest": pgettext("part of a KPI", "Answered to others, or not"),
    }
    green, amber = Decimal(5), Decimal(20)
    beside = True
