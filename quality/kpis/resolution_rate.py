from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class ResolutionRate(Kpi):
    """Share of the complaints filed in the period (结案) that were resolved.

    Resolved: the customer accepted the result, or was told and did not come back within 30 days. A complaint filed
    less than 30 days ago counts as resolved until it comes back, so the figure of a young period can still fall. A
    decision of which the customer asked for a review (核查) is not resolved, whatever the review decides.
    Withdrawn and declined complaints are not filed ones. None when nothing was filed.
    """

    title = pgettext("KPI", "Resolution rate")
    source = "house rule; 30 days are the time to ask for a review (银行业保险业消费投诉处理管理办法)"
    numerator = ("resolved",)
    denominator = "closed"
    parts = {
        "numerator": pgettext("part of a KPI", "Resolved"),
        "denominator": pgettext("part of a KPI", "Filed"),
        "rest": pgettext("part of a KPI", "Not resolved"),
    }
    green, amber = Decimal(90), Decimal(80)
