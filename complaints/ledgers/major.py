"""重大投诉台账 (Art. 29): what was raised to the highest level, whatever came of it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet

from complaints.ledgers.base import Ledger
from complaints.models import Case, Level, Nature, State
from complaints.services.taxonomy import CATEGORY_B, REASON_C
from complaints.sheets import Column, Kind
from feedback.channels import channel_label


class Major(Ledger):
    key, title = "major", "重大投诉台账"
    rule = "按收到时间统计现为重大级别的工单，含群体性投诉母件；机构为承办单位"
    day, case, who, unit = "received_at", "", "owner_id", F("handling_unit_id")
    columns = (
        Column("状态", lambda one: one.known.named(State, one.case.state)),
        Column("性质", lambda one: one.known.named(Nature, one.case.nature), 8),
        Column("类别", lambda one: one.known.named(Case.Kind, one.case.kind), 10),
        Column("投诉人数", lambda one: one.case.complainants, 8, Kind.NUMBER, added=True),
        Column("渠道", lambda one: channel_label(one.case.channel)),
        Column("业务类别", lambda one: one.known.coded(CATEGORY_B, one.case.category), 18),
        Column("投诉原因", lambda one: one.known.coded(REASON_C, one.case.reason), 22),
        Column("金额", lambda one: one.case.amount, 12, Kind.MONEY, added=True),
        Column("标题", lambda one: one.case.subject, 36),
        Column("对客户承诺期限", lambda one: one.case.promised_due_at, 16, Kind.MOMENT),
        Column("首联时间", lambda one: one.case.first_contact_at, 16, Kind.MOMENT),
    )

    def rows(self) -> QuerySet[Case]:
        return Case.objects.filter(level=Level.MAJOR).exclude(kind=Case.Kind.REVIEW)

    def read(self, keys: Sequence[Any]) -> QuerySet[Case]:
        return self.rows().filter(pk__in=keys)
