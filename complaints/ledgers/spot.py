"""抽查台账: what was drawn from what stands on one person's word, and what a colleague of another team found."""

from django.db.models import QuerySet

from complaints.ledgers.base import Ledger
from complaints.models import SpotCheck
from complaints.sheets import Column, Kind


class SpotChecks(Ledger):
    key, title = "spot", "抽查台账"
    rule = "按抽取日统计即时办结和口头告知的抽查，一件一行；机构为承办单位，人员为办结人"
    day, who = "drawn_at", "settler_id"
    columns = (
        Column("轮次", lambda one: one.row.round.number, 6, Kind.NUMBER),
        Column("抽取人", lambda one: one.known.person(one.row.drawn_by_id), 10),
        Column("抽查结果", lambda one: one.known.named(SpotCheck.Result, one.row.result), 14),
        Column("抽查人", lambda one: one.known.person(one.row.checked_by_id), 10),
        Column("抽查时间", lambda one: one.row.checked_at, 16, Kind.MOMENT),
    )

    def rows(self) -> QuerySet[SpotCheck]:
        return SpotCheck.objects.select_related("round")
