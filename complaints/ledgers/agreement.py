"""协商约定台账 (Art. 21): what both sides agreed on, a time or a way of telling, and what shows it."""

from django.db.models import QuerySet

from complaints.ledgers.base import Ledger
from complaints.models import Agreement
from complaints.sheets import Column, Kind


class Agreements(Ledger):
    key, title = "agreement", "协商约定台账"
    rule = "按登记日统计与客户协商一致的办理期限和告知方式，一次约定一行；机构为承办单位，人员为登记人"
    columns = (
        Column("轮次", lambda one: one.row.round.number, 6, Kind.NUMBER),
        Column("约定期限", lambda one: one.row.until, 11, Kind.DAY),
        Column("约定告知方式", lambda one: one.known.coded("notification_method", one.row.method), 12),
        Column("凭据", lambda one: one.row.evidence, 20),
    )

    def rows(self) -> QuerySet[Agreement]:
        return Agreement.objects.select_related("round")
