"""责任认定台账: each ruling, which units answer for it, what follows for them, and whether they objected."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from complaints.ledgers.base import Ledger, yes_no
from complaints.ledgers.complaint import shares
from complaints.models import Liability
from complaints.sheets import Column, Kind


class Liabilities(Ledger):
    key, title = "liability", "责任认定台账"
    rule = "按认定日统计，一次认定一行，经申诉后重新认定的另起一行；机构为承办单位，人员为认定人"
    columns = (
        Column("轮次", lambda one: one.row.round.number, 6, Kind.NUMBER),
        Column("认定结果", lambda one: one.known.coded("liability", one.row.result), 10),
        Column("问责方式", lambda one: one.known.coded("accountability", one.row.measure), 14),
        Column("责任单位及比例", lambda one: shares(one.row, one.known), 28),
        Column("申诉期限", lambda one: one.row.appeal_until, 11, Kind.DAY),
        Column("申诉日", lambda one: one.row.appealed_at, 11, Kind.DAY),
        Column("申诉人", lambda one: one.known.person(one.row.appealed_by_id), 10),
        Column("是否有效", lambda one: yes_no(one.row.appealed_at is None), 8),
    )

    def rows(self) -> QuerySet[Liability]:
        return Liability.objects.select_related("round")

    def read(self, keys: Sequence[Any]) -> QuerySet[Liability]:
        return self.rows().select_related("case").filter(pk__in=keys).prefetch_related("shares")
