"""核查台账 (Art. 20): what the superior institution was asked to look at again, and what it found."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Prefetch, QuerySet

from complaints.ledgers.base import Entry, Ledger
from complaints.models import Case, Decision, Link, State
from complaints.sheets import Column, Kind


def of_decision(one: Entry, name: str) -> Any:
    """A column of what was decided, or drafted, last; None: nothing yet."""
    return getattr(max(one.case.decisions.all(), key=lambda row: row.pk, default=None), name, None)


def examined(one: Entry, part: str) -> Any:
    found = of_decision(one, part)
    return found and one.known.named(Decision.Examined, found)


def concluded(one: Entry) -> Any:
    found = of_decision(one, "conclusion")
    return found and one.known.named(Decision.Conclusion, found)


def reviewed(one: Entry) -> Any:
    """The link to the round whose decision it is about."""
    return one.case.links.all()[0]


def told_at(one: Entry) -> Any:
    return max((turn.notified_at for turn in one.case.rounds.all() if turn.notified_at), default=None)


class Reviews(Ledger):
    key, title = "review", "核查台账"
    rule = "按收到核查申请的日期统计，一次申请一行；工单号为核查案件，机构为核查单位，人员为核查承办人"
    day, case, who, unit = "received_at", "", "owner_id", F("handling_unit_id")
    columns = (
        Column("被核查工单", lambda one: reviewed(one).other.reference, 20),
        Column("被核查轮次", lambda one: reviewed(one).other_round.number, 8, Kind.NUMBER),
        Column("状态", lambda one: one.known.named(State, one.case.state)),
        Column("核查期限", lambda one: one.case.promised_due_at, 11, Kind.DAY),
        Column("核查结论", concluded, 14),
        Column("办理过程", lambda one: examined(one, "on_process"), 10),
        Column("办理期限", lambda one: examined(one, "on_time_limits"), 10),
        Column("处理结果", lambda one: examined(one, "on_result"), 10),
        Column("拟稿人", lambda one: one.known.person(of_decision(one, "author_id")), 10),
        Column("审核人", lambda one: one.known.person(of_decision(one, "checker_id")), 10),
        Column("告知日", told_at, 11, Kind.DAY),
    )

    def rows(self) -> QuerySet[Case]:
        return Case.objects.filter(kind=Case.Kind.REVIEW)

    def read(self, keys: Sequence[Any]) -> QuerySet[Case]:
        about = Link.objects.filter(kind=Link.Kind.REVIEW_OF).select_related("other", "other_round")
        return self.rows().filter(pk__in=keys).prefetch_related(Prefetch("links", about), "decisions", "rounds")
