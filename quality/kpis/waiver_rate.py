from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class WaiverRate(Kpi):
    """Share of the complaints told in the period of which the customer was not asked for their view (免评价率).

    Waived because nobody could be reached, because it is no complaint or nobody is named, or, agreed to by a second
    person, for another reason. None when nobody was told.
    """

    title = pgettext("KPI", "Waiver rate")
    source = "house rule: who is measured by an answer does not spare the question unseen"
    better = "lower"
    numerator = ("waived",)
    denominator = "notified"
    parts = {
        "numerator": pgettext("part of a KPI", "Not asked"),
        "denominator": pgettext("part of a KPI", "Told"),
        "rest": pgettext("part of a KPI", "Asked"),
    }
    green, amber = Decimal(5), Decimal(10)
    beside = True
