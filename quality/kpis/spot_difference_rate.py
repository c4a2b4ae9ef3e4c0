from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class SpotDifferenceRate(Kpi):
    """Share of the complaints told in the period and checked by another team that were otherwise than
    recorded (抽查差错率).

    Of those settled at once or told by word of mouth one in twenty of each unit and day is drawn, and of everybody who
    tells at least one a week; others a supervisor puts in. None when none was checked.
    """

    title = pgettext("KPI", "Differences in the spot check")
    source = "house rule: who settles a matter alone is checked by a sample"
    better = "lower"
    numerator = ("spot_differs",)
    denominator = "spot_checked"
    parts = {
        "numerator": pgettext("part of a KPI", "Otherwise than recorded"),
        "denominator": pgettext("part of a KPI", "Checked"),
        "rest": pgettext("part of a KPI", "As recorded"),
    }
    green, amber = Decimal(2), Decimal(5)
    beside = True
