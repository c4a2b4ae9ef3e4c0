"""第三方配合台账 (Art. 10): what partner institutions were asked about complaints, and how they cooperated; yearly."""

from django.db.models import F, QuerySet

from complaints.ledgers.base import Entry, Ledger, yes_no
from complaints.models import Task
from complaints.sheets import Column, Kind
from organization.models import Partner


def late(one: Entry) -> bool | None:
    """Whether the answer came, or the task ended, after its day; None: it is still open."""
    return None if one.row.ended_at is None else one.row.ended_at > one.row.due_at


class Cooperations(Ledger):
    key, title = "partner", "第三方配合台账"
    rule = "按要求配合之日统计向合作机构提出的协办，一次一行，供年度评价与准入退出；机构为归口管理部门，人员为提出人"
    unit = F("unit_id")
    columns = (
        Column("合作机构", lambda one: one.row.partner.name, 18),
        Column("机构类型", lambda one: one.known.named(Partner.Kind, one.row.partner.kind), 12),
        Column("承办单位", lambda one: one.known.unit(one.case.handling_unit_id), 18),
        Column("要求答复时间", lambda one: one.row.due_at, 16, Kind.MOMENT),
        Column("签收时间", lambda one: one.row.accepted_at, 16, Kind.MOMENT),
        Column("办结时间", lambda one: one.row.ended_at, 16, Kind.MOMENT),
        Column("配合结果", lambda one: one.known.named(Task.End, one.row.ended_as), 14),
        Column("是否逾期", lambda one: yes_no(late(one)), 8),
        Column("是否退回重答", lambda one: yes_no(one.row.returned_at is not None), 10),
    )

    def counted_at(self, one: Entry) -> int:
        unit: int = one.row.unit_id
        return unit

    def rows(self) -> QuerySet[Task]:
        return Task.objects.filter(partner__isnull=False).select_related("partner")
