import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.redaction import TOKENS, examine, redact
from tests.effort import grows_with_the_square

PHONE, ID, CARD, EMAIL, OPENID, NAME = (TOKENS[kind] for kind in ("phone", "id_no", "card", "email", "openid", "name"))

TAKEN = [
    ("请回电13800138000，谢谢", f"请回电{PHONE}，谢谢"),
    ("１３８００１３８０００", PHONE),
    ("138-0013-8000", PHONE),
    ("138 0013 8000", PHONE),
    ("138.0013.8000", PHONE),
    ("138 - 0013 - 8000", PHONE),
    ("1380 013 8000", PHONE),
    ("1380-0138-000", PHONE),
    ("138 001 38000", PHONE),
    ("138 00138 000", PHONE),
    ("138\u200b0013\u200b8000", PHONE),
    ("138–0013—8000", PHONE),
    ("1 3 8 0 0 1 3 8 0 0 0", PHONE),
    ("+86 138 0013 8000", PHONE),
    ("（+86）13800138000", PHONE),
    ("008613800138000", PHONE),
    ("8613800138000", PHONE),
    ("013800138000", PHONE),
    ("tel13800138000", f"tel{PHONE}"),
    ("13800138000/13900139000", f"{PHONE}/{PHONE}"),
    ("2026-11-23 13800138000", f"2026-11-23 {PHONE}"),
    ("座机010-8888 6666。", f"座机{PHONE}。"),
    ("（０１０）８８８８６６６６", PHONE),
    ("0755-88886666", PHONE),
    ("05318888666", PHONE),
    ("0531 888 6666", PHONE),
    ("+86 10 8888 6666", PHONE),
    ("+1 415 555 2671", PHONE),
    ("+852 2345 6789 来电", f"{PHONE} 来电"),
    ("身份证11010519491231002X", f"身份证{ID}"),
    ("身份证号：11010519491231002x，", f"身份证号：{ID}，"),
    ("１１０１０５１９４９１２３１００２Ｘ", ID),
    ("110105 19491231 002X", ID),
    ("110105-1949-12-31-002X", ID),
    ("1101 0519 4912 3100 2X", ID),
    ("110105491231002", ID),
    ("110105194912310021", ID),  # the check digit is wrong, the birthday is one
    ("13800138000,13900139000", f"{PHONE},{PHONE}"),
    ("卡号6222021345678903", f"卡号{CARD}"),
    ("6222 0213 4567 8903", CARD),
    ("6222-0213-4567-8903", CARD),
    ("622202 1345678903", CARD),
    ("6222 0213 4567 8903 12张", f"{CARD} 12张"),
    ("6222 0213 4567 8903 2026年", f"{CARD} 2026年"),
    ("6222021345678903，¥500.00", f"{CARD}，¥500.00"),
    ("写信zhang.san@example.com吧", f"写信{EMAIL}吧"),
    ("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", EMAIL),
    ("13800138000@example.com", EMAIL),
    ("a+b@mail.example.com.cn。", f"{EMAIL}。"),
    ("openid:oABCDEFGHIJKLMNopqrst_uv-123", f"openid:{OPENID}"),
    ("oABCDEFGHIJKLMNopqrstuvwxyzA", OPENID),
]
KEPT = [
    "",
    "我要投诉",
    "¥12,345.67",
    "金额13800138000.00元",
    "￥13800138000",
    "共1,380,013,800元",
    "年化收益13.8001380%",
    "0.13800138000",
    "收益+1234567.89元",
    "2026-11-23 15:30:20",
    "20261123153020",
    "2026年11月23日",
    "2026-11-23T15:30:20.123456+08:00",
    "C261123-0483175-9",
    "C261123-0483178888-5",
    "C261123-13800138000-5",
    "订单号202611231234567890",
    "流水20261123123456789",
    "110105194913310020",  # month
    "110105491331002",  # month, 15 digits
    "6222021345678904",  # check digit
    "12345678901234567890",  # 20 digits
    "138001380001",
    "21380013800",
    "12800138000",  # no such prefix
    "价目15 20 30 40 50 6",
    "12378和95588",
    "400-888-8888",
    "88886666",
    "192.168.100.100",
    "one-of-the-most-important-xy",
    "@所有人 a@b",
    "550e8400-e29b-41d4-a716-446655440000",
]


@pytest.mark.parametrize(("text", "redacted"), TAKEN)
def test_it_takes_out(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize("text", KEPT)
def test_it_keeps(text):
    assert examine(text).text == text
    assert examine(text).kinds == {}


@pytest.mark.parametrize(
    ("text", "known", "redacted"),
    [
        ("王小明说，王小明的事", ["王小", "王小明"], f"{NAME}说，{NAME}的事"),
        ("Wang Xiaoming wrote", ["wang xiaoming"], f"{NAME} wrote"),
        ("ＷＡＮＧ说", ["Wang"], f"{NAME}说"),
        ("Ann announced", ["Ann"], f"{NAME} announced"),
        ("王说", ["王", "", " "], "王说"),
        ("客户号CN8812，CN88123", ["cn8812"], f"客户号{ID}，CN88123"),
        ("回拨8888-6666", ["8888-6666"], f"回拨{ID}"),
        ("zhang@example.com", ["zhang"], EMAIL),
        ("电话和姓名在13800138000", ["电话"], f"{NAME}和姓名在{PHONE}"),
        ("价格(元)*2", ["(元)*"], f"价格{NAME}2"),
    ],
)
def test_it_takes_out_what_is_known_of_the_people(text, known, redacted):
    assert redact(text, known) == redacted


def test_it_counts_what_it_found():
    found = examine("王小明 13800138000，13900139000，a@example.com", ["王小明"])

    assert found.text == f"{NAME} {PHONE}，{PHONE}，{EMAIL}"
    assert found.kinds == {"name": 1, "phone": 2, "email": 1}


@given(before=st.text("一二。 a，\n", max_size=5), after=st.text("一二。 b，\n", max_size=5))
def test_a_phone_is_found_wherever_it_stands(before, after):
    assert redact(f"{before}13800138000{after}") == f"{before}{PHONE}{after}"


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text):
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "piece",
    [
        "我于2026年11月3日在贵行办理业务，王小明承诺年化4.5%，投入￥500,000.00元，请联系13800138000。",
        "王小明",
        "王小",
        "1 3 ",
        "138 ",
        "6",
        "a.",
        "a@b.",
        "oA-",
        "C261123-",
        "+1 (",
        "密码",
        "密码是1234，",
        "是密码1234",
        "一二",
        "电话",
        "电话1 ",
        "微信a",
        "证件号1a",
        "姓名：王",
        "王王姓名",
        "地址路",
        "路1号",
        "出生1年1月",
        "a (at) ",
        "a艾特b点",
        "address 1 a ",
    ],
)
def test_the_work_on_the_longest_text_grows_with_its_length_and_not_with_its_square(piece):
    longest = (piece * 100_000)[:100_000]
    known = ["王小明", "小王小王"]
    assert not grows_with_the_square(lambda: examine(longest, known), lambda: examine(longest[:10_000], known))
