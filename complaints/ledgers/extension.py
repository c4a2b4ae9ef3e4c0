"""延期台账 (Art. 18): each extension that a second person granted, and how the customer was told."""

from django.db.models import QuerySet

from complaints.ledgers.base import Ledger
from complaints.models import Extension
from complaints.sheets import Column, Kind


class Extensions(Ledger):
    key, title = "extension", "延期台账"
    rule = "按生效日统计经批准并已告知客户的延期，一次延期一行；机构为承办单位，人员为告知人"
    columns = (
        Column("规则", lambda one: one.row.rule, 16),
        Column("延期事由", lambda one: one.known.coded("extension_ground", one.row.ground), 14),
        Column("延长天数", lambda one: one.row.days, 8, Kind.NUMBER, added=True),
        Column("原到期", lambda one: one.row.was, 11, Kind.DAY),
        Column("延期至", lambda one: one.row.now, 11, Kind.DAY),
        Column("告知方式", lambda one: one.known.coded("notification_method", one.row.method), 10),
        Column("告知时间", lambda one: one.row.told_at, 16, Kind.MOMENT),
        Column("告知凭证", lambda one: one.row.evidence, 18),
        Column("审批人", lambda one: one.known.person(one.row.approval.decided_by_id), 10),
        Column("审批时间", lambda one: one.row.approval.decided_at, 16, Kind.MOMENT),
    )

    def rows(self) -> QuerySet[Extension]:
        return Extension.objects.select_related("approval")
