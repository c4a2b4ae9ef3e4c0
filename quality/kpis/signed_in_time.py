from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class SignedInTime(Kpi):
    """Share of the offers whose hour of signing fell in the period that the unit answered by then (签收及时率).

    The rest lay unsigned (超时未签收). It is the figure of the unit the case was offered to, and by owner that of the
    person who had to sign. Taking it from the queue, and sending it back with a reason, are answers, too. What goes on
    inside a unit that has the case counts no second time, and what is offered there anew is due by the first hour. What
    was taken back before its hour does not count; open offers past it are late. Only days that are over count.
    None when nothing had to be signed for.
    """

    title = pgettext("KPI", "Signed for in time")
    source = "house rule: four working hours a hop, by the deadline policy"
    numerator = ("signed_in_time",)
    denominator = "offered"
    parts = {
        "numerator": pgettext("part of a KPI", "Answered in time"),
        "denominator": pgettext("part of a KPI", "Offered"),
        "rest": pgettext("part of a KPI", "Lay unsigned"),
    }
    green, amber = Decimal(95), Decimal(85)
    days_over = True
    beside = True
