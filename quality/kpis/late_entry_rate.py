from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from quality.kpis.base import Kpi


class LateEntryRate(Kpi):
    """Share of the complaints told in the period of which something was entered late (补录率).

    A telling, a contact, an acknowledgement, a follow-up call or an answer to a regulator. Late is an entry after a
    deadline that the act itself has kept, and any entry more than 24 hours after it. Until a second person has agreed,
    it counts from its entry. None when nobody was told.
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
