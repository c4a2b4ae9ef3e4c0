"""调解台账 (Art. 23): mediations for which days of the deadline do not count, on the application of both sides."""

from django.db.models import F, QuerySet

from complaints.ledgers.base import Ledger
from complaints.models import Exclusion
from complaints.sheets import Column, Kind

MEDIATION = "MEDIATION"  # of the dimension `clock_exclusion`


class Mediations(Ledger):
    key, title = "mediation", "调解台账"
    rule = "按双方申请调解之日统计不计入办理期限的调解，一次一行；机构为承办单位，人员为提请人"
    day, who = "since", "asked_by"
    columns = (
        Column("事由", lambda one: one.known.coded("clock_exclusion", one.row.ground), 14),
        Column("开始日", lambda one: one.row.since, 11, Kind.DAY),
        Column("预计结束日", lambda one: one.row.until, 11, Kind.DAY),
        Column("实际结束日", lambda one: one.row.ended_on, 11, Kind.DAY),
        Column("不计入天数", lambda one: (one.row.end - one.row.since).days, 10, Kind.NUMBER, added=True),
        Column("申请书编号", lambda one: one.row.evidence, 18),
        Column("同意人", lambda one: one.known.person(one.row.approval.decided_by_id), 10),
        Column("同意时间", lambda one: one.row.approval.decided_at, 16, Kind.MOMENT),
    )

    def rows(self) -> QuerySet[Exclusion]:
        rows = Exclusion.objects.filter(ground=MEDIATION).select_related("approval")
        return rows.annotate(asked_by=F("approval__asked_by_id"))
