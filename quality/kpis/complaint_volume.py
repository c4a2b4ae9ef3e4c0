from typing import ClassVar

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class ComplaintVolume(Kpi):
    """Number of complaints received in the period, by the day on which the customer handed them to us (投诉量).

    A case counts once, however often it comes back; its review (核查) is no further complaint; enquiries, suggestions
    and praise do not count. A count has no interval and no target: what is much depends on how many customers there
    are.
    """

    title = pgettext("KPI", "Complaints received")
    unit: ClassVar[str] = ""
    better: ClassVar[str] = "lower"
    source = "cases received, the numerator of every complaint rate"
    numerator = ("received_complaints",)
    parts = dict.fromkeys(("numerator", "denominator", "rest"), pgettext("part of a KPI", "Received"))
