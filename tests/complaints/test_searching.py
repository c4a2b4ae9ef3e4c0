"""The one search: what was written is found, and whoever it is about; the page says where it looked."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import translation

from complaints.api.intake import FeedbackInput, incoming
from complaints.chronicle import IN_WORDS
from complaints.desk import searching
from complaints.desk.marking import excerpt, marked
from complaints.models import Case, CaseText, Message
from complaints.models.words import COUNTED, is_common
from complaints.services.intake import take_in
from complaints.verbs import contacting, handling
from demo.posts import plan
from feedback.models import Customer
from feedback.search import HAN, searched
from organization.models import Role
from organization.services import create_client, create_entity
from tests.cases import taken
from tests.nights import either
from tests.people import ALL_CHANNELS, NOON, SCOPES, person

PIECES = re.compile(f"[{HAN}]+|[A-Za-z]{{3,}}")
CUSTOMER = {"customer_no": "K20250077", "name": "欧阳 测试", "phone": "13912345678", "email": "ouyang@example.com"}


@pytest.fixture(autouse=True)
def counted_anew():
    COUNTED.forget()
    yield
    COUNTED.forget()


def found(client, **query) -> list[str]:
    page = client.get(reverse("desk:cases"), query)
    assert page.status_code == 200, page
    return [row.case.reference for row in page.context["rows"]]


def in_chinese(client, words: str) -> str:
    return client.get(reverse("desk:cases"), {"q": words}, headers={"Accept-Language": "zh-hans"}).content.decode()


def linked(client, words: str) -> list[str]:
    groups = client.get("/desk/find/", {"q": words}).context["groups"]
    return [row.link for _heading, rows in groups for row in rows]


def typed_of(text: str) -> list[str]:
    """What somebody who remembers a text would type: its beginning, two characters of it, a piece of its end."""
    runs = [run for run in PIECES.findall(text) if len(run) > 1]
    pieces = [run if run.isascii() else part for run in runs[:4] for part in (run[:2], run[:6], run[-4:])]
    return [*pieces, " ".join(runs[-2:])] if runs else []


def test_every_text_of_the_demonstration_is_found_by_what_stands_in_it(institution, handler):
    """D2: words of a title found nothing, nor did anything after the first message."""
    program, _key = create_client("all", channels=ALL_CHANNELS, unit=institution, scopes=SCOPES, at=NOON)
    posts = plan(NOON)
    spoken = Counter(post.body.get("thread") for post in posts)
    talks = [post for post in posts if post.body.get("thread") and spoken[post.body["thread"]] > 1]
    in_order = sorted(talks, key=lambda post: (post.body["thread"], post.occurred_at))
    for post in [*in_order[: either(day=40, night=None)], *posts[: either(day=60, night=None)]]:
        body = {name: value for name, value in post.body.items() if name not in {"unit", "business_line"}}
        take_in(incoming(FeedbackInput.read(body), program, at=NOON), at=NOON)
    for case in Case.objects.order_by("pk")[:10]:
        Case.objects.filter(pk=case.pk).update(owner=handler)
        handling.note(case.reference, actor=handler, at=NOON, text="已向清算中心核对滞纳金流水")
    further = Message.objects.filter(opened=False).count()
    assert further > 3
    written = CaseText.objects.exclude(kind__in=IN_WORDS)  # which are facts, not what was said
    named = Case.objects.exclude(subject__endswith="…")  # called by an opening, which may end within a word
    texts = [*named.values_list("pk", "subject"), *written.values_list("case", "text")]
    for pk, subject, text in Message.objects.values_list("case", "feedback__subject", "feedback__text"):
        texts += [(pk, subject), (pk, text)]
    asked = {(pk, piece) for pk, text in texts for piece in typed_of(text)}
    assert len(asked) > 600
    assert [one for one in asked if not Case.objects.filter(pk=one[0]).saying(one[1]).exists()] == []


class TestWords:
    def test_they_are_found_in_every_kind_of_text_and_together_in_one_case(self, client, integration, handler, lead):
        """D2: title, further messages, replies, notes, gists, decisions; words that stand in different texts."""
        case = taken(integration, thread="t-1")
        taken(integration, thread="t-1", text="攒了三年八万多积分，一夜清零")
        by = {"actor": handler, "at": NOON}
        Case.objects.filter(pk=case.pk).update(owner=handler)
        handling.note(case.reference, **by, text="已向清算中心核对流水")
        contacting.log_contact(case.reference, **by, method="PHONE", result="CONNECTED", gist="客户坚持要求道歉")
        contacting.reply(case.reference, **by, method="PHONE", text="我们正在核实滞纳金")
        other = taken(integration, subject="滞纳金", text="利息算错")
        client.force_login(handler)
        single = ("年费重复扣收", "积分", "八万多", "清零", "清算中心", "要求道歉")
        for words in (*single, "积分 清算中心", "滞纳金，积分"):
            assert found(client, q=words) == [case.reference], words
        assert found(client, q="滞纳金") == [other.reference, case.reference]

    def test_a_decision_is_found(self, client, integration, handler, decided):
        client.force_login(handler)
        assert found(client, q="收费公示第三条") == [decided.reference]

    @pytest.mark.parametrize("typed", ["ＡＰＰ", "app", "App"])
    def test_width_and_capitals_make_no_difference(self, client, integration, handler, typed):
        case = taken(integration, text="手机银行ＡＰＰ闪退")
        client.force_login(handler)
        assert found(client, q=typed) == [case.reference]

    def test_a_common_word_is_looked_for_from_the_newest_down_and_the_page_says_how_far(
        self, client, integration, handler, monkeypatch
    ):
        references = [taken(integration, at=NOON.replace(day=1 + number)).reference for number in range(6)]
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE complaints_casewords")
        monkeypatch.setattr("complaints.models.words.MANY", 4)
        assert is_common("年费") and not is_common("境外")
        monkeypatch.setattr(searching, "NEWEST", 2)
        client.force_login(handler)
        with translation.override("zh-hans"):
            page = client.get(reverse("desk:cases"), {"q": "年费"}, headers={"Accept-Language": "zh-hans"})
        assert [row.case.reference for row in page.context["rows"]] == references[:2:-1]
        assert "2026-11-04 以来收到的工单" in page.content.decode()
        further = client.get(reverse("desk:cases") + page.context["looked"]["further"].replace("&amp;", "&"))
        assert [row.case.reference for row in further.context["rows"]] == references[::-1]
        assert found(client, q="境外") == []

    def test_nothing_found_is_said_with_where_was_looked(self, client, owned, handler):
        client.force_login(handler)
        page = in_chinese(client, "绝无此事")
        assert "没有符合“绝无此事”的工单" in page and "已查遍您权限范围内的全部工单" in page


class TestCustomers:
    """D2: the full name and the customer number found nothing."""

    @pytest.mark.parametrize("typed", ["欧阳测试", "欧阳 测试", "K20250077", "13912345678", "139-1234-5678", "5678",
                                       "ouyang@example.com", "OUYANG@EXAMPLE.COM"])  # fmt: skip
    def test_are_found_by_what_identifies_them(self, client, integration, handler, typed):
        case = taken(integration, customer=CUSTOMER)
        taken(integration)
        client.force_login(handler)
        assert found(client, q=typed) == [case.reference]
        assert linked(client, typed)[0] == reverse("desk:case", args=[case.reference])

    def test_nobody_of_another_place_or_entity(self, client, integration, outsider, institution):
        taken(integration, customer=CUSTOMER)
        abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
        for stranger in (outsider, person("abroad", Role.SUPERVISOR, abroad)):
            client.force_login(stranger)
            for typed in ("欧阳测试", "K20250077", "13912345678", "5678", "年费"):
                assert found(client, q=typed) == []

    def test_who_bears_the_name_stands_before_who_is_named_so_and_the_texts_are_one_step_away(
        self, client, integration, handler
    ):
        bears = taken(integration, customer={"name": "高利"})
        says = taken(integration, text="高利转存骗局")
        client.force_login(handler)
        page = client.get(reverse("desk:cases"), {"q": "高利"})
        assert [row.case.reference for row in page.context["rows"]] == [bears.reference]
        assert found(client, q="高利", by="words") == [says.reference]
        assert linked(client, "高利") == [reverse("desk:case", args=[one.reference]) for one in (bears, says)]

    def test_a_name_that_is_none_is_kept_and_found_by_nobody(self):
        assert Customer(name="\u200b").name_index == ""


class TestMarking:
    def test_hits_are_marked_and_all_else_is_escaped(self):
        assert marked("<b>年费</b>", ["年费"]) == "&lt;b&gt;<mark>年费</mark>&lt;/b&gt;"
        assert marked("<script>", ["scr", "<"]) == "<mark>&lt;</mark><mark>scr</mark>ipt&gt;"
        assert marked("ＡＰＰ 闪退", ["app"]) == "<mark>ＡＰＰ</mark> 闪退"
        assert marked("无关", []) == "无关"

    def test_an_excerpt_is_the_text_around_the_first_hit(self):
        text = "前" * 60 + "<年费>" + "后" * 200
        said = excerpt(text, ["年费"])
        assert said == f"…{'前' * 23}&lt;<mark>年费</mark>&gt;{'后' * 77}…"
        assert excerpt("一句话", ["没有"]) == ""

    def test_a_row_shows_where_the_words_stand_if_not_in_its_title(self, client, owned, handler):
        handling.note(owned.reference, actor=handler, at=NOON, text="已向清算中心核对流水")
        client.force_login(handler)
        page = in_chinese(client, "清算中心 年费")
        assert "处理记录</b> 已向<mark>清算中心</mark>核对流水" in page
        assert "<mark>年费</mark>重复扣收" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("年费，重复", ["年费", "重复"]),
        ("“积分” 清零…", ["积分", "清零"]),
        ("3.0 A-12", ["3.0", "A-12"]),
        ("，。", []),
        ("年费 年费", ["年费"]),
        ("长" * 70, ["长" * 64, "长" * 6]),
    ],
)
def test_what_is_typed_is_parted_into_words(typed, words):
    assert searched(typed) == words
