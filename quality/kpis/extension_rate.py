from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class ExtensionRate(Kpi):
    """Share of the complaints told in the period of which a deadline of the law had been extended (延期率).

    Granted, and told to the customer; what was asked for and refused does not count. None when nobody was told.
    """

    title = pgettext("KPI", "Extension rate")
    source = "extensions of Art. 18 para 1 and of Art. 43 of the central bank; the ledger 延期台账"
    better = "lower"
    numerator = ("extended",)
    denominator = "notified"
    parts = {
        "numerator": pgettext("part of a KPI", "Extended"),
        "denominator": pgettext("part of a KPI", "Told"),
        "rest": pgettext("part of a KPI", "Not extended"),
    }
    green, amber = Decimal(5), Decimal(10)
    beside = True
