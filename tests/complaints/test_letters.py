"""文书: what each letter says on paper, that its words stay, and that no number is given twice."""

import io
import re
import threading

import pypdf
import pytest
import typst
from django.db import connection
from django.test import Client
from django.urls import reverse

from complaints.dossier import Dossier
from complaints.errors import GateNotMet
from complaints.letters import LETTERS, number_of, printing
from complaints.letters.printing import CannotPrint, pdf_of
from complaints.models import Case, CaseText, Letter
from complaints.verbs import approving, extending, lettering, ownership
from feedback import services as feedback
from organization.models import InstitutionType, LegalEntity, Unit, User
from security.models import AuditRow
from tests.cases import MORE_TIME
from tests.complaints.positions import at, who
from tests.people import NOON

ARTICLE = "《银行业保险业消费投诉处理管理办法》第"
# kind -> (position, who issues it, what letters.md says it must contain beside the number of the case)
ISSUED = {
    "registration": (
        "in progress, classified",
        "handler",
        ["接收日期：2026年11月23日", "投诉人类型", "业务类别：信用卡", "签名"],
    ),
    "acceptance": ("in progress", "handler", ["2026年11月23日收到", "2026年12月8日前", "补充事实、理由或者材料"]),
    "material": ("waiting for the customer", "handler", ["请补材料", "法定办理期限继续计算", "年12月", "送交"]),
    "extension": ("an extension granted", "handler", ["情况复杂", ARTICLE + "十八条", "2026年12月23日前"]),
    "exclusion": (
        "waiting for a mediation, granted",
        "lead",
        ["2026年11月23日起至2026年12月31日止", "调解", "不计入"],
    ),
    "restart": ("time counts anew", "handler", ["2026年11月23日收到", "新的事实和理由", "重新计算", "2026年12月8日前"]),
    "decision": (
        "decided",
        "handler",
        ["一、核实情况", "二、处理依据", "三、处理决定", "核查", "仲裁", "诉讼"],
    ),
    "refusal": ("declining granted", "handler", ["非投诉人", ARTICLE + "十八条", "不予办理", "调解、仲裁"]),
    "withdrawal": ("withdrawn", "handler", ["2026年11月23日收到您的撤回申请", "程序自该日终止", ARTICLE + "十五条"]),
    "agreement": ("a day was agreed", "handler", ["甲方", "乙方", "约定", "2026年12月31日"]),
    "settlement": ("redress promised", "handler", ["甲方", "乙方", "200.00 元", "付清"]),
    "review_opened": ("a review under way", "reviewer", ["收到", ARTICLE + "二十条", "前告知您核查结论"]),
    "review_result": ("a review decided", "reviewer", ["办理过程", "办理期限", "处理结果", "二、核查结论"]),
    "regulator": (
        "told, and a regulator waits",
        "handler",
        ["人民银行（12363）：", "转办编号", "二、核实情况", "三、处理决定", "告知投诉人"],
    ),
    "authority": (
        "raised by an agent who is written down",
        "handler",
        ["授权委托书或者经公证的授权委托书", "有效身份证件及联系方式", "法定办理期限继续计算"],
    ),
    "help": ("another unit was asked", "handler", ["北京分行：", "请核实入账时间", "2026年11月25日前书面答复"]),
}
INSIDE = {"handover", "help", "supervision"}


@pytest.fixture
def at_work(handler) -> Client:
    return signed_in(handler)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def drafted(case: Case, kind: str) -> str:
    return LETTERS[kind].draft(Dossier(case, NOON))


def issued(case: Case, kind: str, by: str = "handler", **given) -> Letter:
    lettering.issue_letter(case.reference, actor=who(by), at=NOON, kind=kind, **given)
    return case.letters.latest("pk")


def words_of(row: Letter) -> str:
    return feedback.opened(row.case.texts.get(event_sequence=row.event_sequence, kind="letter").words)


def on_paper(pdf: bytes) -> str:
    """All words of a PDF, without the spaces and breaks that the lines bring."""
    return closed_up("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


def closed_up(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_every_kind_is_issued_somewhere_here():
    elsewhere = {"reception", "handover", "supervision", "termination"}
    assert {*ISSUED} | elsewhere == {*Letter.Kind.values} == LETTERS.keys()


@pytest.mark.parametrize("kind", ISSUED)
def test_a_letter_says_on_paper_what_it_must(kind, house):
    position, by, wanted = ISSUED[kind]
    row = issued(at(house, position), kind, by)
    paper = on_paper(pdf_of(row, words_of(row)))
    for words in [row.case.reference, LETTERS[kind].title, number_of(row), row.unit.name, *wanted]:
        assert closed_up(words) in paper
    assert "我行" in paper or kind in {"registration", "agreement", "settlement", *INSIDE}


def test_a_case_goes_to_another_unit_with_a_slip(house):
    case = at(house, "in progress")
    with pytest.raises(GateNotMet, match="转给其他单位"):
        issued(case, "handover")
    ownership.transfer(case.reference, actor=who("handler"), at=NOON, unit="BJ", reason="属北京分行业务")
    row = issued(case, "handover")
    paper = on_paper(pdf_of(row, words_of(row)))
    for words in ["北京分行：", "转出单位：上海分行", case.reference, "2026年12月8日", "书面回复", "签收人"]:
        assert words in paper


def test_an_end_without_a_decision_names_its_ground(house):
    case = at(house, "filed")
    with pytest.raises(GateNotMet, match="未作出处理决定"):
        issued(case, "termination")
    Case.objects.filter(pk=case.pk).update(close_reason="UNREACHABLE")
    row = issued(Case.objects.get(pk=case.pk), "termination")
    paper = on_paper(pdf_of(row, words_of(row)))
    for words in ["无法联系投诉人", "终止办理", "调解、仲裁或者提起诉讼"]:
        assert words in paper


@pytest.mark.parametrize("kind", sorted(INSIDE))
def test_a_paper_that_stays_inside_names_no_customer(kind, house):
    case = at(house, "told, an answer was ordered" if kind == "supervision" else "another unit was asked")
    if kind == "handover":
        ownership.transfer(case.reference, actor=who("handler"), at=NOON, unit="BJ", reason="属北京分行业务")
    row = case.letters.get() if kind == "supervision" else issued(case, kind)
    assert "测试客户" not in words_of(row) and "我行" not in words_of(row)
    assert on_paper(pdf_of(row, words_of(row)))


def test_what_was_handed_over_stands_on_its_receipt(house, settings):
    settings.TELEPHONE = "95500"
    case = at(house, "in progress")
    Case.objects.filter(pk=case.pk).update(channel="counter")
    row = issued(Case.objects.get(pk=case.pk), "reception")
    paper = on_paper(pdf_of(row, words_of(row)))
    for words in ["2026年11月23日接待您", case.reference, "未收到书面材料", "2026年12月8日前", "95500"]:
        assert words in paper


def test_an_insurer_calls_itself_otherwise(house):
    case = at(house, "in progress")
    LegalEntity.objects.filter(pk=case.legal_entity_id).update(institution_type=InstitutionType.LIFE_INSURER)
    text = drafted(Case.objects.get(pk=case.pk), "acceptance")
    assert "本公司" in text and "我行" not in text


def test_without_a_superior_institution_no_review_is_offered(house):
    case = at(house, "decided")
    assert "核查" in drafted(case, "decision").partition("救济途径")[2]
    Case.objects.filter(pk=case.pk).update(handling_unit=Unit.objects.get(parent=None, legal_entity=case.legal_entity))
    ways = drafted(Case.objects.get(pk=case.pk), "decision").partition("救济途径")[2]
    assert "核查" not in ways and "诉讼" in ways


def test_what_must_stand_in_it_is_not_left_out(house):
    """The approved decision and the ways that remain are not the handler's to change."""
    case = at(house, "decided")
    text = drafted(case, "decision")
    outcome = next(row.text for row in case.texts.filter(kind="outcome"))
    with pytest.raises(GateNotMet) as refusal:
        issued(case, "decision", text=text.replace(outcome, "全部驳回。"))
    assert outcome in str(refusal.value)


def test_the_words_around_it_are_free(house):
    case = at(house, "in progress")
    text = drafted(case, "acceptance")
    article = text.splitlines()[2]
    moved = f"{text.replace(article, '')}\n感谢您的反馈。\n{article}"
    name = feedback.opened(case.customer.name)
    assert words_of(issued(case, "acceptance", text=moved)) == moved.replace("〔投诉人〕", name)


def test_what_decides_says_more_only_with_a_second_person(house):
    """A handler alone could promise under the letterhead what nobody approved."""
    case = at(house, "decided")
    more = drafted(case, "decision") + "\n另赔偿您一万元。"
    lettering.issue_letter(case.reference, actor=who("handler"), at=NOON, kind="decision", text=more)
    assert not Letter.objects.exists()
    approving.decide_approval(case.reference, actor=who("lead"), at=NOON, grant=True)
    row = case.letters.get()
    assert row.by == who("handler") and words_of(row).endswith("另赔偿您一万元。")


def test_an_extension_names_the_law_whose_deadline_it_is(house):
    case = at(house, "in progress, a regulator behind it")
    asked = {**MORE_TIME, "rule": "PBOC-2020-5"}
    extending.extend(case.reference, actor=who("handler"), at=NOON, **asked)
    approving.decide_approval(case.reference, actor=who("supervisor"), at=NOON, grant=True)
    text = drafted(Case.objects.get(pk=case.pk), "extension")
    assert "《金融消费者权益保护实施办法》第四十三条" in text and "第十八条" not in text


@pytest.mark.parametrize(("kind", "position"), [("decision", "in progress"), ("refusal", "in progress")])
def test_no_letter_runs_ahead_of_the_case(kind, position, house):
    case = at(house, position)
    with pytest.raises(GateNotMet):
        issued(case, kind, text="我行决定如下。")
    assert not Letter.objects.exists()


def test_the_numbers_of_a_kind_count_from_one_each_year(house):
    case = at(house, "in progress")
    rows = [issued(case, kind) for kind in ("registration", "acceptance", "acceptance")]
    assert [(row.kind, row.year, row.number) for row in rows] == [
        ("registration", 2026, 1),
        ("acceptance", 2026, 1),
        ("acceptance", 2026, 2),
    ]
    later = NOON.replace(year=2027)
    text = drafted(case, "registration")
    lettering.issue_letter(case.reference, actor=who("handler"), at=later, kind="registration", text=text)
    assert (case.letters.latest("pk").year, case.letters.latest("pk").number) == (2027, 1)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_two_numbers(house):
    cases = [at(house, "in progress") for _number in range(4)]
    texts = [drafted(case, "acceptance") for case in cases]
    begin = threading.Barrier(4)

    def issue(case: Case, text: str) -> None:
        begin.wait()
        issued(case, "acceptance", text=text)
        connection.close()

    threads = [threading.Thread(target=issue, args=pair) for pair in zip(cases, texts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Letter.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_the_name_stands_on_paper_alone_and_who_printed_it_on_record(house, at_work):
    case = at(house, "in progress")
    row = issued(case, "acceptance")
    name = feedback.opened(case.customer.name)
    assert name and name not in CaseText.objects.get(event_sequence=row.event_sequence, case=case).text
    answer = at_work.get(reverse("desk:letter-pdf", args=[case.reference, row.pk]))
    assert answer["Content-Type"] == "application/pdf" and "no-store" in answer["Cache-Control"]
    assert closed_up(name) in on_paper(answer.content)
    seen = AuditRow.objects.filter(verb="reveal", subject__startswith="casetext:").latest("pk")
    assert seen.actor == who("handler") and number_of(row) in seen.reason


def test_a_letter_is_printed_by_whoever_could_issue_it(house, at_work):
    case, other = at(house, "in progress"), at(house, "in progress")
    row = issued(case, "acceptance")
    address = reverse("desk:letter", args=[case.reference, row.pk])
    assert signed_in(who("analyst")).get(address).status_code == 403
    assert signed_in(who("outsider")).get(address).status_code == 404
    assert at_work.get(reverse("desk:letter", args=[other.reference, row.pk])).status_code == 404
    assert number_of(row) in at_work.get(address).content.decode()


def test_words_are_never_markup(house):
    case = at(house, "in progress")
    hostile = '#import "@preview/x:1.0.0" $x$ \\ * _ <b>&amp; = // ``` #eval("1")'
    row = issued(case, "registration", text=drafted(case, "registration") + "\n" + hostile)
    assert closed_up(hostile) in on_paper(pdf_of(row, words_of(row)))


def test_a_character_that_no_font_has_is_said(house, at_work, monkeypatch):
    case = at(house, "in progress")
    row = issued(case, "registration", text=drafted(case, "registration") + "\n𪚥")
    bare = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(printing.FONTS)])
    monkeypatch.setattr(printing, "fonts", lambda: bare)
    with pytest.raises(CannotPrint, match="𪚥"):
        pdf_of(row, words_of(row))
    page = at_work.get(reverse("desk:letter-pdf", args=[case.reference, row.pk]))
    assert page["Content-Type"].startswith("text/html") and "𪚥" in page.content.decode()


def test_the_same_letter_is_the_same_paper(house):
    row = issued(at(house, "in progress"), "acceptance")
    assert pdf_of(row, words_of(row)) == pdf_of(row, words_of(row))


def test_the_drawer_says_which_letters_and_why_not_the_others(house, at_work):
    case = at(house, "in progress")
    drawer = at_work.get(reverse("desk:issue-letter", args=[case.reference]), headers={"HX-Request": "true"})
    shown = drawer.content.decode()
    assert "?kind=acceptance" in shown and "?kind=decision" not in shown
    dialog = at_work.get(reverse("desk:issue-letter", args=[case.reference]) + "?kind=acceptance")
    assert "受理告知" in dialog.content.decode() and case.reference in dialog.content.decode()
