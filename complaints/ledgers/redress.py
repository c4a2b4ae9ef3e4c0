"""减免补偿台账: what customers were promised, by whose authority, and the voucher of its payment."""

from django.db.models import QuerySet

from complaints.ledgers.base import Ledger
from complaints.models import Redress
from complaints.sheets import Column, Kind


class Redresses(Ledger):
    key, title = "redress", "减免补偿台账"
    rule = (
        "按承诺日统计减免、退费、赔偿和补偿，一笔一行；承诺金额含已收回的，实付金额只计已支付的；"
        "机构为承办单位，人员为申请人"
    )
    columns = (
        Column("种类", lambda one: one.known.coded("redress_kind", one.row.kind), 14),
        Column("客户要求（元）", lambda one: one.row.demanded, 12, Kind.MONEY, added=True),
        Column("承诺金额（元）", lambda one: one.row.amount, 12, Kind.MONEY, added=True),
        Column("成本承担单位", lambda one: one.known.unit(one.row.cost_unit_id), 16),
        Column("和解协议编号", lambda one: one.row.agreement, 18),
        Column("约定支付日", lambda one: one.row.pay_by, 11, Kind.DAY),
        Column("经办权限（元）", lambda one: one.row.own_limit, 12, Kind.MONEY),
        Column("审批人", lambda one: one.row.approval and one.known.person(one.row.approval.decided_by_id), 10),
        Column("状态", lambda one: one.known.named(Redress.Status, one.row.status), 10),
        Column("支付日", lambda one: one.row.paid_at, 11, Kind.DAY),
        Column("实付金额（元）", lambda one: one.row.amount if one.row.paid_at else None, 12, Kind.MONEY, added=True),
        Column("支付人", lambda one: one.known.person(one.row.paid_by_id), 10),
        Column("支付凭证", lambda one: one.row.voucher, 18),
        Column("收回日", lambda one: one.row.taken_back_at, 11, Kind.DAY),
    )

    def rows(self) -> QuerySet[Redress]:
        return Redress.objects.select_related("approval")
