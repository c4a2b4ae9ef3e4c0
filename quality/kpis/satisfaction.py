from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class Satisfaction(Kpi):
    """Share of the complaints told in the period (办结) whose customer is satisfied or has no objection (满意度).

    Each round of a case counts, on the day on which the customer was told. The denominator is all that were told, not
    only those who answered: so it is what institutions disclose (check value: (3,261 + 886) of 4,590 = 90.35 %), and a
    figure cannot be mended by asking only the contented. None when nobody was told.
    """

    title = pgettext("KPI", "Satisfaction")
    source = "as banks disclose it; check value: a bank's disclosure for 2020"
    numerator = ("satisfied", "no_objection")
    denominator = "notified"
    parts = {
        "numerator": pgettext("part of a KPI", "Satisfied or no objection"),
        "denominator": pgettext("part of a KPI", "Told"),
        "rest": pgettext("part of a KPI", "Dissatisfied or no answer"),
    }
    green, amber = Decimal(90), Decimal(80)
