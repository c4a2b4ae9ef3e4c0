"""明文查看台账: who saw a personal value of a case in clear, which one, and why."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform

from complaints.ledgers.base import EXPORT, Entry, Known, Ledger
from complaints.models import Case
from complaints.sheets import Column
from organization.models import User
from organization.scope import scoped
from security.models import AuditRow, Kind

OF_CASE = KeyTextTransform("case", "details")


class Reveals(Ledger):
    key, title = "reveal", "明文查看台账"
    rule = "按查看时间统计从工单查看的明文（含证件影像和带姓名的文书），一次一值一行；机构为承办单位，人员为查看人"
    day, who, unit = (
        "at",
        "actor_id",
        Subquery(Case.objects.filter(reference=OuterRef("seen_in")).values("handling_unit")),
    )
    columns = (
        Column("对象", lambda one: one.row.subject, 16),
        Column("内容", lambda one: one.row.details["field"], 12),
        Column("事由", lambda one: one.row.reason, 30),
    )

    def rows(self) -> QuerySet[Any]:
        return AuditRow.objects.filter(verb=Kind.REVEAL, details__has_key="case").annotate(seen_in=OF_CASE)

    def seen_by(self, user: User) -> QuerySet[Any]:
        cases = scoped(Case.objects.visible_to(user), user, verb=EXPORT)
        return self.rows().filter(seen_in__in=cases.values("reference"))

    def entries(self, keys: Sequence[Any], known: Known) -> dict[Any, Entry]:
        rows = self.rows().in_bulk(keys)
        cases = Case.objects.in_bulk([row.seen_in for row in rows.values()], field_name="reference")
        return {key: Entry(row, cases[row.seen_in], known) for key, row in rows.items()}
