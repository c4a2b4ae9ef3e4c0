from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class RefusalRate(Kpi):
    """Share of the offers whose hour of signing fell in the period that the unit sent back (退单率).

    It is the figure of the unit the case was offered to, and by owner that of the person who had to sign; the same
    askings count as for the signing in time, and one that was sent back late counts, too. Only days that are over
    count. None when nothing had to be signed for.
    """

    title = pgettext("KPI", "Refusal rate")
    source = "house rule: whoever cannot handle a case says so within the hour of signing, with a reason"
    better = "lower"
    numerator = ("refused",)
    denominator = "offered"
    parts = {
        "numerator": pgettext("part of a KPI", "Sent back"),
        "denominator": pgettext("part of a KPI", "Offered"),
        "rest": pgettext("part of a KPI", "Kept"),
    }
    green, amber = Decimal(10), Decimal(20)
    days_over = True
    beside = True
