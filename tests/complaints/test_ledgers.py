"""台账: the headings that complaint departments keep, in their order, each filled from what cases know."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints.jobs import JOBS
from complaints.ledgers import LEDGERS
from complaints.models import Case
from complaints.services import brokers
from complaints.verbs import (
    agreeing,
    answering,
    contacting,
    extending,
    grading,
    handling,
    helping,
    redressing,
    ruling,
    spotting,
    tasking,
    transferring,
)
from organization.models import Job, Partner, Role, Unit, User
from organization.services import create_entity, create_unit, jobs
from security.models import AuditRow
from tests.cases import CALLED, DECIDED, TOLD, TRANSFERRED, taken, told
from tests.complaints.positions import (
    ALLOW,
    CLASSIFY,
    GIFT,
    MEDIATE,
    MORE_DAYS,
    POSITIONS,
    SAMPLE,
    SETTLE,
    TAKE,
    TELL,
    Step,
    at,
    does,
    walked,
    who,
)
from tests.people import NOON, person
from tests.sheets import cells, headings, notes, opened, sums

pytestmark = pytest.mark.django_db
# reports.md, "Ledgers"
COMPLAINT = (
    "工单号 · 来源系统编号 · 人行转办编号 · 监管转办编号 · 状态 · 性质 · 渠道 · 收到时间 · 受理单位 · "
    "投诉人类型 · 投诉人（脱敏）· 地区 · 代理人 · 投诉人数 · 被投诉单位 · 层级 · 上级机构 · 级别 · "
    "业务办理渠道 A · 业务类别 B · 投诉原因 C · 业务条线 · 产品 · 金额 · 诉求 · 承办单位 · 承办人 · "
    "首问人 · 首联时间 · 核实结果 · 核实情况 · 诉求满足 · 处理结果 · 决定日 · 答复方式 · 答复日 · "
    "法定到期 · 延期至 · 超15日原因 · 是否及时 · 回访日 · 回访结果 · 满意度 · 核查 · 责任认定 · "
    "责任单位 · 问责 · 减免补偿金额 · 升级投诉 · 监管反馈日 · 整改编号 · 产品服务改进 · 结案日 · 结案方式"
)
OTHERS = (
    "重大 · 延期 · 核查 · 撤回与不予办理 · 减免补偿 · 责任认定 · 溯源整改 · 调解 · 协商约定 · "
    "代理维权线索 · 明文查看 · 抽查 · 第三方配合"
)
WAITING = {"溯源整改"}  # their rows do not exist yet
# Columns that nothing here fills, with the reason.
EMPTY = {
    ("投诉台账", "整改编号"): "rectifications do not exist yet",
    ("投诉台账", "产品服务改进"): "rectifications do not exist yet",
    ("投诉台账", "业务条线"): "the base data of the tests has none",
}
# What is walked so that every ledger has rows.
AT_FAULT = {"result": "LIABLE", "measure": "TRAINING", "responsible_unit": "SH", "basis": "柜员未按规定核对。"}
FOUND = {"as_recorded": True, "satisfaction": "satisfied", "gist": "属实", "recording": "REC-8"}
WALKED = (
    "a day was agreed", "filed", "withdrawn", "declined", "told, a review asked for", "a regulator was answered",
    "raised by an agent whose paper was seen", "redress promised twice, one was paid", "liability appealed",
)  # fmt: skip


def parted(words: str) -> list[str]:
    return [word.strip() for word in words.replace("）·", "） ·").split(" · ")]


def exported(user: User, ledger: str, **chosen: str) -> bytes:
    """The file, as its worker writes it."""
    days = {"since": "2026-11-01", "until": "2026-12-31", "unit": ""} | chosen
    job = jobs.ask(JOBS["ledger"], {"ledger": ledger, **days}, by=user, at=NOON)
    jobs.work([job.pk], JOBS)
    job = Job.objects.select_related("asked_by").get(pk=job.pk)
    assert job.state == Job.State.DONE, job.fault
    return jobs.given_out(job, JOBS["ledger"], at=NOON)


def rows(user: User, ledger: str, **chosen: str) -> list[dict[str, Any]]:
    return cells(exported(user, ledger, **chosen))


@pytest.fixture
def guardian(institution) -> User:
    return person("guardian", Role.CONSUMER_PROTECTION, institution)


def test_the_complaint_ledger_has_the_headings_of_the_departments_in_their_order(guardian):
    assert headings(exported(guardian, "complaint")) == parted(COMPLAINT)


def test_the_ledgers_are_those_that_departments_keep():
    titles = [ledger.title.removesuffix("台账").removesuffix("投诉") for ledger in LEDGERS.values()]
    assert titles[0] == "" and sorted(titles[1:]) == sorted(set(parted(OTHERS)) - WAITING)
    for ledger in [*LEDGERS.values()][1:]:
        assert [column.heading for column in ledger.headed()][:5] == ["序号", "日期", "工单号", "机构", "人员"]


SHARED = Path(__file__).parents[3] / "shared" / "reference" / "reports.md"


@pytest.mark.skipif(not SHARED.exists(), reason="the reference lies beside a checkout of the founders alone")
def test_the_headings_are_those_of_the_reference():
    text = "".join(SHARED.read_text(encoding="utf-8").split())
    assert "".join(COMPLAINT.split()) in text and "".join(OTHERS.split()) in text


# --- what stands in them ----------------------------------------------------------------------------------


MUCH = {**GIFT, "amount": Decimal(5000), "demanded": Decimal(6000), "agreement": "XY-0001"}
FURTHER: dict[str, list[Step]] = {
    "taken back": [
        TAKE,
        does("handler", redressing.propose_redress, **MUCH),
        ALLOW,
        does("handler", redressing.take_back_redress, reason="客户不要"),
        ALLOW,
    ],
    "grave": [
        TAKE,
        does("handler", contacting.log_contact, **CALLED),
        CLASSIFY,
        does("handler", grading.set_level, level="major", reason="涉及多人"),
        does("supervisor", transferring.add_reference, **{**TRANSFERRED, "body": "12378", "number": "NFRA-1"}),
    ],
    "answered for": [*TELL, does("protection", ruling.rule_liability, **AT_FAULT)],
    "extended": [TAKE, MORE_DAYS, ALLOW, does("handler", extending.extend, **TOLD)],
    "to be written to": [TAKE, does("handler", agreeing.agree, method="POST", evidence="R-10", terms="邮寄")],
    "mediated": [TAKE, MEDIATE, ALLOW, does("handler", handling.resume)],
    "reviewed": [*POSITIONS["a review decided"][1], does("reviewer", answering.notify, **TOLD)],
    "a partner was asked": [
        TAKE,
        does("handler", tasking.add_task, partner="BX01", ask="请提供授权记录"),
        does("outsider", helping.answer_task, answer="已回函"),
    ],
    "checked": [TAKE, SETTLE, SAMPLE, does("protection", spotting.check_spot, **FOUND)],
}


@pytest.fixture
def busy(house, branch) -> dict[str, Case]:
    """A case of every way that some ledger tells of."""
    Unit.objects.filter(pk=branch.pk).update(region="上海")
    keeper = Unit.objects.get(code="BJ")
    Partner.objects.create(
        code="BX01", name="示例保险公司", kind="insurance", unit=keeper, legal_entity=keeper.legal_entity
    )
    facts = {"amount": "120.50", "product": "金卡"}
    found = {way: at(house, way) for way in WALKED} | {way: walked(house, facts, FURTHER[way]) for way in FURTHER}
    Case.objects.filter(pk=found["grave"].pk).update(demand="REFUND")
    case = found["checked"].reference
    clue = brokers.suspect(found["checked"], by=who("supervisor"), indicator="fee", basis="按退费三成收费", at=NOON)
    brokers.decide(clue, by=who("protection"), confirm=True, grounds="属实", at=NOON)
    sent = {"value": "phone", "reason": "回拨客户"}
    signed_in(who("supervisor")).post(reverse("desk:reveal", args=[case]), sent)
    return found


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def test_every_ledger_has_rows_and_no_column_is_empty_without_a_reason(busy):
    empty = set()
    for key, ledger in LEDGERS.items():
        found = rows(who("protection"), key, since="2026-11-01", until="2099-12-31")
        assert found, key
        empty |= {(ledger.title, head) for head in found[0] if all(row[head] is None for row in found)}
    assert empty == EMPTY.keys()


def test_a_complaint_is_told_in_one_line(busy, branch):
    case = busy["filed"]
    row = next(row for row in rows(who("protection"), "complaint") if row["工单号"] == case.reference)
    day = datetime(2026, 11, 23)  # noqa: DTZ001 as a sheet has it
    assert row["收到时间"] == day.replace(hour=12)
    expected = {
        "状态": "已结案",
        "性质": "投诉",
        "渠道": "电话",
        "投诉人（脱敏）": "测***",
        "被投诉单位": "上海分行",
        "层级": "分行",
        "地区": "上海",
        "首问人": "Receiver",
    }
    assert {name: row[name] for name in expected} == expected
    assert (row["核实结果"], row["核实情况"], row["处理结果"]) == ("属实", DECIDED["findings"], DECIDED["outcome"])
    assert (row["决定日"], row["答复日"], row["结案日"], row["答复方式"]) == (day, day, day, "电话")
    assert (row["法定到期"], row["延期至"], row["是否及时"]) == (day + timedelta(days=15), None, "是")
    assert (row["回访日"], row["回访结果"], row["满意度"]) == (day, "接通", "满意")
    assert (row["升级投诉"], row["结案方式"], row["投诉人数"]) == ("否", "作出处理决定并告知", 1)


def test_what_came_of_a_complaint_stands_beside_it(busy):
    found = {row["工单号"]: row for row in rows(who("protection"), "complaint")}

    def of(way: str, *heads: str) -> list[Any]:
        return [found[busy[way].reference][head] for head in heads]

    extension = busy["extended"].extensions.get()
    assert of("extended", "延期至")[0].date() == timezone.localdate(extension.now)
    assert of("extended", "超15日原因") == ["情况复杂"]
    assert of("answered for", "责任认定", "责任单位", "问责") == ["有责", "上海分行 100%", "业务培训"]
    assert of("liability appealed", "责任认定") == [None], "it stands no more"
    assert of("redress promised twice, one was paid", "减免补偿金额") == [400]
    assert of("a regulator was answered", "人行转办编号", "升级投诉") == [
        busy["a regulator was answered"].reference,
        "否",
    ]
    assert of("told, a review asked for", "核查") == ["核查中"]
    assert of("withdrawn", "结案方式", "是否及时") == ["投诉人撤回", None]
    assert of("declined", "结案方式") == ["非投诉人本人或其受托人提出"]
    assert of("raised by an agent whose paper was seen", "代理人") == ["赵**（受托人）"]
    assert of("grave", "产品", "金额", "诉求", "监管转办编号") == ["金卡", 120.5, "申请退费", "NFRA-1"]
    assert busy["reviewed"].reference not in found, "a review is no further complaint"


def test_on_time_is_told_by_the_deadline_and_open_after_it_is_late(house):
    deadline = datetime(2026, 12, 8, 15, 59, 59, tzinfo=UTC)
    people = {"handler": who("handler"), "checker": who("checker")}
    just = told(house, at=deadline, **people)
    late = told(house, at=deadline + timedelta(seconds=1), **people)
    waiting = taken(house)
    found = {row["工单号"]: row["是否及时"] for row in rows(who("protection"), "complaint")}
    assert (found[just.reference], found[late.reference]) == ("是", "否")
    expected = "否" if timezone.now() > deadline else None
    assert found[waiting.reference] == expected


def test_rows_are_those_of_the_period_and_no_others(house):
    days = [
        NOON - timedelta(days=40),
        NOON - timedelta(hours=12),
        NOON,
        NOON + timedelta(hours=11, minutes=59, seconds=59),
    ]
    cases = [taken(house, at=NOON + timedelta(days=1), occurred_at=day.isoformat()) for day in days]
    taken(house, nature="enquiry")
    found = rows(who("protection"), "complaint", since="2026-11-23", until="2026-11-23")
    assert [row["工单号"] for row in found] == [case.reference for case in cases[1:]]


def test_nobody_takes_away_what_they_do_not_read(house, institution, other_branch):
    case = taken(house)
    abroad = create_entity("other", name="另一机构", root="abroad", root_name="另一总部")
    for place in (other_branch, abroad):
        reader = person(f"reader.{place.code}", Role.CONSUMER_PROTECTION if place == abroad else Role.SUPERVISOR, place)
        assert rows(reader, "complaint") == []
    assert [row["工单号"] for row in rows(who("supervisor"), "complaint")] == [case.reference]
    Case.objects.filter(pk=case.pk).update(barred=[who("supervisor").pk])
    assert rows(who("supervisor"), "complaint", since="2026-11-02") == []
    Case.objects.filter(pk=case.pk).update(nature="tip_off", barred=[])
    assert rows(who("supervisor"), "complaint", since="2026-11-03") == []


def test_values_seen_of_a_case_out_of_reach_are_out_of_reach(busy, other_branch):
    assert [row["内容"] for row in rows(who("protection"), "reveal", until="2099-12-31")] == ["phone"]
    away = person("away", Role.SUPERVISOR, other_branch)
    assert rows(away, "reveal", until="2099-12-31") == []
    assert AuditRow.objects.filter(verb="reveal").count() == 1


def test_branches_have_subtotals_and_all_adds_up(house, branch, other_branch):
    below = create_unit("SH01", name="静安支行", kind="sub_branch", parent=branch)
    for unit, amount in ((branch, "10"), (below, "20.5"), (other_branch, "3")):
        case = taken(house, amount=amount)
        Case.objects.filter(pk=case.pk).update(complained_unit=unit)
    of_head_office = taken(house, amount="1")
    Case.objects.filter(pk=of_head_office.pk).update(complained_unit=branch.parent)
    content = exported(who("protection"), "complaint")
    found = [(line["工单号"], line["投诉人数"], line["金额"]) for line in sums(content)]
    head = branch.parent.name
    assert found == [
        (f"{head} 小计：1 件", 1, 1),
        ("北京分行 小计：1 件", 1, 3),
        ("上海分行 小计：2 件", 2, 30.5),
        ("合计：4 件", 4, 34.5),
    ]
    narrow = exported(who("protection"), "complaint", unit="SH01")
    assert sums(narrow)[-1]["金额"] == 20.5
    assert "静安支行" in str(opened(narrow)["A2"].value)


def test_a_ledger_says_how_it_was_counted(house):
    content = exported(who("protection"), "redress", since="2026-10-01", until="2026-10-31")
    said = notes(content)
    assert cells(content) == [] and [line["序号"] for line in sums(content)] == ["合计：0 件"]
    for words in (LEDGERS["redress"].rule, "2026-10-01 至 2026-10-31", "n = 0", "Protection", "2026-11-23 12:00"):
        assert words in said
    sheet = opened(content)
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToHeight) == ("landscape", 9, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$3:$3", "B4")


def test_numbers_are_numbers_days_are_days_and_text_is_never_a_formula(house):
    """E01-E20"""
    hostile = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "＝1", "\t=1", "http://example.test", "a\x0bb"]
    for text in hostile:
        case = taken(house, amount="-0")
        Case.objects.filter(pk=case.pk).update(product=text, amount=Decimal("12.30"))
    sheet = opened(exported(who("protection"), "complaint"))
    heads = {str(cell.value): cell.column for cell in sheet[3]}
    lines = [*sheet.iter_rows(min_row=4, max_row=3 + len(hostile))]
    products = [line[heads["产品"] - 1] for line in lines]
    assert [cell.value for cell in products] == [*hostile[:5], "=1", hostile[6], "ab"]
    assert {cell.data_type for cell in products} == {"s"}
    assert [cell.quotePrefix for cell in products] == [True] * 6 + [False] * 2
    assert [cell.hyperlink for cell in products] == [None] * len(hostile)
    first = {head: lines[0][column - 1] for head, column in heads.items()}
    assert (first["金额"].data_type, first["金额"].value) == ("n", 12.3)
    assert (first["收到时间"].data_type, first["收到时间"].number_format) == ("d", "yyyy-mm-dd hh:mm")
    assert first["投诉人数"].data_type == "n"


def test_more_rows_take_no_more_statements(house):
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            exported(who("protection"), "complaint")
        Job.objects.all().delete()
        return len(seen)

    taken(house)
    few = statements()
    for _ in range(3):
        taken(house)
    assert statements() == few


# --- the page --------------------------------------------------------------------------------------------


def test_the_page_offers_every_ledger_for_the_month_that_is_over(supervisor):
    page = signed_in(supervisor).get(reverse("desk:ledgers"))
    text = page.content.decode()
    assert all(ledger.title in text and ledger.rule in text for ledger in LEDGERS.values())
    today = timezone.localdate()
    assert page.context["until"] == today.replace(day=1) - timedelta(days=1)
    assert page.context["since"] == page.context["until"].replace(day=1)


def test_a_handler_exports_nothing(handler):
    client = signed_in(handler)
    assert client.get(reverse("desk:ledgers")).status_code == 403
    assert client.post(reverse("desk:job-ask", args=["ledger"]), {"ledger": "complaint"}).status_code == 403
    assert "台账" not in client.get(reverse("desk:queue")).content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ledger": "x"}, "请选择台账"),
        ({"since": "2026-02-30"}, "格式如"),
        ({"until": "2025-01-01"}, "早于开始日期"),
        ({"unit": "nowhere"}, "没有机构 nowhere"),
    ],
)
def test_what_cannot_be_exported_is_told(wrong, said, supervisor):
    sent = {"ledger": "complaint", "since": "2026-11-01", "until": "2026-11-30", "unit": ""} | wrong
    answer = signed_in(supervisor).post(reverse("desk:job-ask", args=["ledger"]), sent)
    assert answer.status_code == 400 and said in answer.content.decode()
    assert not Job.objects.exists()


def test_a_unit_of_another_institution_is_none(supervisor):
    create_entity("other", name="另一机构", root="abroad", root_name="另一总部")
    sent = {"ledger": "complaint", "since": "2026-11-01", "until": "2026-11-30", "unit": "abroad"}
    assert signed_in(supervisor).post(reverse("desk:job-ask", args=["ledger"]), sent).status_code == 400
