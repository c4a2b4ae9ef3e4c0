"""投诉台账 (Art. 28): one line a complaint, with the headings that complaint departments keep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from complaints.ledgers.base import Entry, Known, Ledger, joined, yes_no
from complaints.models import (
    Case,
    CaseText,
    Clock,
    Contact,
    Decision,
    Extension,
    ExternalReference,
    Level,
    Liability,
    Link,
    Message,
    Nature,
    Redress,
    Representative,
    Round,
    Satisfaction,
    State,
)
from complaints.services.taxonomy import CATEGORY_B, CHANNEL_A, REASON_C
from complaints.sheets import Column, Kind
from feedback.channels import channel_label
from sla.models import Basis

# What goes the way of a complaint; an enquiry, a suggestion, praise and a request for service do not.
COUNTED = (Nature.COMPLAINT, Nature.PETITION, Nature.TIP_OFF, Nature.PRIVACY_REQUEST)
CENTRAL_BANK, REGULATORS = "12363", ("12378", "12386")
JUDGING = ("decision", "transfer")  # deadlines of the law by which a complaint is decided and told
WORDS = ("findings", "outcome", "reply")
OF_TURN = (
    "case", "number", "decided_at", "notified_at", "credited_at", "closed_at", "settled", "satisfaction",
    "notification__round", "notification__method",
)  # fmt: skip
OF_DEADLINE = ("case", "round", "first_due_at", "due_at")
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Complaint(Entry):
    """One complaint as its line shows it: of several rounds the last one. `case` has what `beside` reads."""

    case: Any
    at: datetime

    @cached_property
    def turn(self) -> Round:
        return max(self.case.turns, key=lambda turn: turn.number)

    def of_turn(self, rows: Iterable[Any]) -> list[Any]:
        return [row for row in rows if row.round_id == self.turn.pk]

    @property
    def telling(self) -> Any:
        return getattr(self.turn, "notification", None)

    @cached_property
    def deadline(self) -> Clock | None:
        """Of the deadlines of the law in this round the earliest."""
        return min(self.of_turn(self.case.deadlines), key=lambda clock: clock.due_at, default=None)

    @cached_property
    def extension(self) -> Any:
        return max(self.of_turn(self.case.more_time), key=lambda row: row.pk, default=None)

    @property
    def in_time(self) -> bool | None:
        """及时, as the on-time rate counts it: told by the deadline, whose whole second is in time.

        None: no deadline, or it has not passed, nor had it when the case ended without an answer.
        """
        turn = self.turn
        if self.deadline is None:
            return None
        ended = turn.credited_at or turn.closed_at or self.at
        passed = ended >= self.deadline.due_at + A_SECOND
        return not passed if turn.notified_at or passed else None

    @cached_property
    def words(self) -> dict[str, str]:
        """kind -> what was written last of it, as it is stored to be read."""
        return {text.kind: text.text for text in self.case.said}

    @property
    def outcome(self) -> str:
        told_at_once = self.words.get("reply", "") if self.turn.settled else ""
        return told_at_once or self.words.get("outcome", "")

    @cached_property
    def liability(self) -> Liability | None:
        return next(iter(self.of_turn(self.case.rulings)), None)

    @property
    def review(self) -> str:
        """已申请, and what was concluded."""
        found = [link.case.decisions.all() for link in self.case.reviews]
        if not found:
            return ""
        concluded = [row.conclusion for row in found[-1] if row.status == Decision.Status.APPROVED]
        return self.known.named(Decision.Conclusion, concluded[-1]) if concluded else "核查中"

    @property
    def follow_up(self) -> Contact | None:
        return max(self.case.calls, key=lambda row: row.pk, default=None)

    def numbers(self, *bodies: str) -> str:
        return joined(row.number for row in self.case.transfers if row.body in bodies)

    @property
    def went_above(self) -> bool:
        """升级投诉: after they had come to us, the customer went to a body outside."""
        return any(row.received_at > self.case.received_at for row in self.case.transfers)

    @property
    def answered_at(self) -> datetime | None:
        answers = (row.answered_at for row in self.case.transfers if row.answered_at)
        return max(answers, default=None)

    @property
    def redress(self) -> Any:
        given = [row.amount for row in self.case.promised if row.amount and row.taken_back_at is None]
        return sum(given) if given else None

    @property
    def at_unit(self) -> Any:
        """被投诉单位; while nobody has named it, the unit that handles it."""
        return self.known.units[self.case.complained_unit_id or self.case.handling_unit_id]

    @property
    def closed_as(self) -> str:
        """Of a declined case it is the ground."""
        dimension = "decline_reason" if self.case.state == State.DECLINED else "close_reason"
        return self.known.coded(dimension, self.case.close_reason)

    @property
    def speakers(self) -> str:
        found = self.case.speakers
        return joined(f"{one.name_masked}（{self.known.coded('capacity', one.capacity)}）" for one in found)


def text(heading: str, value: Any, width: int = 12) -> Column[Complaint]:
    return Column(heading, value, width)


def day(heading: str, value: Any) -> Column[Complaint]:
    return Column(heading, value, 11, Kind.DAY)


def moment(heading: str, value: Any) -> Column[Complaint]:
    return Column(heading, value, 16, Kind.MOMENT)


COLUMNS: tuple[Column[Any], ...] = (
    text("工单号", lambda one: one.case.reference, 20),
    text("来源系统编号", lambda one: one.case.came_as, 16),
    text("人行转办编号", lambda one: one.numbers(CENTRAL_BANK), 16),
    text("监管转办编号", lambda one: one.numbers(*REGULATORS), 16),
    text("状态", lambda one: one.known.named(State, one.case.state)),
    text("性质", lambda one: one.known.named(Nature, one.case.nature), 8),
    text("渠道", lambda one: channel_label(one.case.channel)),
    moment("收到时间", lambda one: one.case.received_at),
    text("受理单位", lambda one: one.known.unit(one.case.receiving_unit_id), 16),
    text("投诉人类型", lambda one: one.known.coded("complainant_type", one.case.complainant_type), 10),
    text("投诉人（脱敏）", lambda one: one.case.customer_masked),
    text("地区", lambda one: one.at_unit.region, 8),
    text("代理人", lambda one: one.speakers),
    Column("投诉人数", lambda one: one.case.complainants, 8, Kind.NUMBER, added=True),
    text("被投诉单位", lambda one: one.known.unit(one.case.complained_unit_id), 16),
    text("层级", lambda one: one.at_unit.get_kind_display(), 8),
    text("上级机构", lambda one: one.known.unit(one.at_unit.parent_id), 16),
    text("级别", lambda one: one.known.named(Level, one.case.level), 8),
    text("业务办理渠道 A", lambda one: one.known.coded(CHANNEL_A, one.case.business_channel), 14),
    text("业务类别 B", lambda one: one.known.coded(CATEGORY_B, one.case.category), 16),
    text("投诉原因 C", lambda one: one.known.coded(REASON_C, one.case.reason), 20),
    text("业务条线", lambda one: one.case.line, 12),
    text("产品", lambda one: one.case.product, 14),
    Column("金额", lambda one: one.case.amount, 12, Kind.MONEY, added=True),
    text("诉求", lambda one: one.known.coded("demand", one.case.demand), 10),
    text("承办单位", lambda one: one.known.unit(one.case.handling_unit_id), 16),
    text("承办人", lambda one: one.known.person(one.case.owner_id), 10),
    text("首问人", lambda one: one.known.person(one.case.first_receiver_id), 10),
    moment("首联时间", lambda one: one.case.first_contact_at),
    text("核实结果", lambda one: one.known.coded("finding", one.case.finding), 10),
    text("核实情况", lambda one: one.words.get("findings"), 30),
    text("诉求满足", lambda one: one.known.coded("demand_met", one.case.demand_met), 10),
    text("处理结果", lambda one: one.outcome, 30),
    day("决定日", lambda one: one.turn.decided_at),
    text("答复方式", lambda one: one.telling and one.known.coded("notification_method", one.telling.method), 10),
    day("答复日", lambda one: one.turn.notified_at),
    day("法定到期", lambda one: one.deadline and one.deadline.first_due_at),
    day("延期至", lambda one: one.extension and one.extension.now),
    text("超15日原因", lambda one: one.extension and one.known.coded("extension_ground", one.extension.ground), 14),
    text("是否及时", lambda one: yes_no(one.in_time), 8),
    day("回访日", lambda one: one.follow_up and one.follow_up.happened_at),
    text("回访结果", lambda one: one.follow_up and one.known.coded("contact_result", one.follow_up.result), 10),
    text("满意度", lambda one: one.known.named(Satisfaction, one.turn.satisfaction), 10),
    text("核查", lambda one: one.review, 14),
    text("责任认定", lambda one: one.liability and one.known.coded("liability", one.liability.result), 8),
    text("责任单位", lambda one: one.liability and shares(one.liability, one.known), 20),
    text("问责", lambda one: one.liability and one.known.coded("accountability", one.liability.measure), 12),
    Column("减免补偿金额", lambda one: one.redress, 12, Kind.MONEY, added=True),
    text("升级投诉", lambda one: yes_no(one.went_above), 8),
    day("监管反馈日", lambda one: one.answered_at),
    text("整改编号", lambda one: None),
    text("产品服务改进", lambda one: None, 16),
    day("结案日", lambda one: one.turn.closed_at),
    text("结案方式", lambda one: one.closed_as, 16),
)


def shares(liability: Liability, known: Known) -> str:
    return joined(f"{known.unit(row.unit_id)} {row.percent}%" for row in liability.shares.all())


class Complaints(Ledger):
    key, title = "complaint", "投诉台账"
    rule = (
        "按收到时间统计投诉、信访、举报和个人信息请求，一件一行；核查案件和群体性投诉母件不另计；多轮次取最近一轮；"
        "小计按被投诉单位所属一级分行，尚未确定的按承办单位；是否及时按法定到期（含批准的延期）判断"
    )
    day, case, unit = "received_at", "", Coalesce("complained_unit_id", "handling_unit_id")
    columns = COLUMNS

    def rows(self) -> QuerySet[Case]:
        return Case.objects.filter(kind=Case.Kind.ORIGINAL, nature__in=COUNTED)

    def headed(self) -> list[Column[Entry]]:
        return list(self.columns)

    def read(self, keys: Sequence[Any]) -> QuerySet[Case]:
        opened = Message.objects.filter(case=OuterRef("pk"), opened=True).order_by("pk")
        came_as = Subquery(opened.values("feedback__external_id")[:1])
        named = {"customer_masked": F("customer__name_masked"), "line": F("business_line__name"), "read_at": Now()}
        rows = Case.objects.annotate(**named, came_as=came_as).filter(pk__in=keys)
        return rows.prefetch_related(*(Prefetch(name, found, to_attr=kept) for name, found, kept in beside()))

    def entry(self, row: Any, known: Known) -> Complaint:
        return Complaint(row, row, known, row.read_at)


def beside() -> list[tuple[str, QuerySet[Any], str]]:
    """What hangs on a case, each kept as a plain list: a queryset for each case would take as long as all the rest."""
    calls = Contact.objects.filter(purpose=Contact.Purpose.FOLLOW_UP, outbound=True)
    reviews = Link.objects.standing().filter(kind=Link.Kind.REVIEW_OF).order_by("pk").select_related("case")
    said = CaseText.objects.filter(kind__in=WORDS).order_by("event_sequence")
    return [
        ("rounds", Round.objects.select_related("notification").only(*OF_TURN), "turns"),
        ("clocks", Clock.objects.filter(kind__in=JUDGING, basis=Basis.STATUTORY).only(*OF_DEADLINE), "deadlines"),
        ("extensions", Extension.objects.all(), "more_time"),
        ("contacts", calls, "calls"),
        ("liabilities", Liability.objects.filter(appealed_at=None).prefetch_related("shares"), "rulings"),
        ("redress", Redress.objects.only("case", "amount", "taken_back_at"), "promised"),
        ("external_references", ExternalReference.objects.order_by("pk"), "transfers"),
        ("representatives", Representative.objects.filter(ended_at=None).order_by("pk"), "speakers"),
        ("linked_from", reviews.prefetch_related("case__decisions"), "reviews"),
        ("texts", said.only("case", "kind", "text"), "said"),
    ]
