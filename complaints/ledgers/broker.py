"""代理维权线索台账: what points to a trade with complaints, and what a second person thinks of it."""

from django.db.models import QuerySet
from django.utils import timezone

from complaints.ledgers.base import Ledger
from complaints.models import BrokerClue
from complaints.services import brokers
from complaints.sheets import Column, Kind
from organization.models import User


class BrokerClues(Ledger):
    key, title = "broker", "代理维权线索台账"
    rule = "按登记日统计疑似不法代理维权线索，一条一行；认定须第二人，十二个月后失效；不影响受理、期限、处理和回访"
    columns = (
        Column("线索类型", lambda one: one.known.named(BrokerClue.Indicator, one.row.indicator), 24),
        Column("依据", lambda one: one.row.basis, 40),
        Column("状态", lambda one: str(one.row.status_on(timezone.localdate())), 10),
        Column("认定人", lambda one: one.known.person(one.row.decided_by_id), 10),
        Column("认定时间", lambda one: one.row.decided_at, 16, Kind.MOMENT),
        Column("认定理由", lambda one: one.row.grounds, 30),
        Column("失效日", lambda one: one.row.expires_on, 11, Kind.DAY),
    )

    def rows(self) -> QuerySet[BrokerClue]:
        return BrokerClue.objects.all()

    def seen_by(self, user: User) -> QuerySet[BrokerClue]:
        """Of what the reader may export those clues alone that are there for them."""
        return super().seen_by(user).filter(pk__in=brokers.clues_for(user).values("pk"))
