"""How much of what is personal is found, kind by kind: 20 spellings of each kind made by rules.

`pytest -s` prints the figures.
"""

import random
import re
from collections.abc import Callable, Iterator

from security.blind import CREDIT_ALPHABET, IDENTITY_CHECKS, IDENTITY_WEIGHTS
from security.redaction import examine

VARIANTS = 20
FOUND = 0.95  # at least

WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
SPELLED = str.maketrans("0123456789", "零一二三四五六七八九")
DICTATED = str.maketrans("0123456789", "零幺二三四五六七八九")
ROUND = [
    "{}",
    "您好，{}，请尽快处理。",
    "我上周在网点办理业务，{}。到今天没有人联系我",
    "第一次投诉没有回音\n{}\n请给一个说法",
    "扣了我500.00元，{}！",
    "2026年11月3日提交的申请，{}，谢谢",
    "（{}）",
]
Made = tuple[str, str]  # the value as it is written, and the text around it


def luhn(digits: str) -> str:
    """The digits with their check digit."""
    total = sum(
        sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(digits[::-1])
    )
    return digits + str(-total % 10)


def digits(draw: random.Random, count: int) -> str:
    return "".join(draw.choice("0123456789") for _one in range(count))


def mobile(draw: random.Random) -> str:
    return "1" + draw.choice(["38", "59", "77", "86", "91"]) + digits(draw, 8)


def identity(draw: random.Random) -> str:
    born = f"{draw.randint(1950, 2004)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    first = draw.choice(["110105", "310101", "440106", "510104"]) + born + digits(draw, 3)
    total = sum(weight * int(digit) for weight, digit in zip(IDENTITY_WEIGHTS, first, strict=True))
    return first + IDENTITY_CHECKS[total % 11]


def credit_code(draw: random.Random) -> str:
    first = "91" + "310115" + "MA1" + "".join(draw.choice(CREDIT_ALPHABET) for _one in range(6))
    total = sum(pow(3, place, 31) * CREDIT_ALPHABET.index(sign) for place, sign in enumerate(first))
    return first + CREDIT_ALPHABET[-total % 31]


def grouped(value: str, *sizes: int, by: str) -> str:
    pieces, rest = [], value
    for size in sizes:
        pieces, rest = [*pieces, rest[:size]], rest[size:]
    return by.join([*pieces, rest])


def spelling(draw: random.Random, value: str, *sizes: int) -> str:
    """The digits as people write them: plain, full width, Chinese, in groups with a mark or a line break between."""
    form = draw.randrange(6)
    if form == 0:
        return value
    if form == 1:
        return value.translate(WIDE)
    if form == 2:
        return value.translate(draw.choice([SPELLED, DICTATED]))
    by = draw.choice([" ", "-", ",", "_", "/", ".", "\n", "－", " - ", "，"])
    written = grouped(value, *sizes, by=by)
    return written.translate(DICTATED) if form == 3 and by in " -，" else written


def around(draw: random.Random, value: str, before: list[str], after: list[str]) -> Made:
    said = f"{draw.choice(before)}{value}" if draw.random() < 0.65 or not after else f"{value}{draw.choice(after)}"
    return value, draw.choice(ROUND).format(said)


def of_phone(draw: random.Random) -> Made:
    labels = ["", "", "我的电话是", "手机：", "请打", "联系电话 ", "手机号码为", "回电"]
    return around(draw, spelling(draw, mobile(draw), 3, 4), labels, ["是我的手机", "（手机）", "，这是我的电话"])


def of_landline(draw: random.Random) -> Made:
    area, line = draw.choice(["010", "021", "0755", "0571"]), draw.choice("5678") + digits(draw, 7)
    written = spelling(draw, area + line, len(area), 4)
    return around(draw, written, ["", "座机", "电话：", "家里电话是"], ["是我办公室的座机", "（电话）"])


def of_line_without_area(draw: random.Random) -> Made:
    written = spelling(draw, draw.choice("5678") + digits(draw, 7), 4)
    return around(draw, written, ["座机：", "家里座机是", "电话", "固话 "], ["是我家的座机", "（座机）"])


def of_identity(draw: random.Random) -> Made:
    written = spelling(draw, identity(draw), 6, 8)
    return around(draw, written, ["", "身份证", "身份证号：", "证件号码是"], ["是我的身份证", "（身份证号）"])


def of_nearly_identity(draw: random.Random) -> Made:
    whole = identity(draw)
    wrong = draw.choice(
        [whole[:17] + ("1" if whole[17] != "1" else "2"), whole[:16] + whole[17], whole[:15] + "7" + whole[15:]]
    )
    return around(draw, wrong, ["", "身份证", "身份证号码：", "证件号 "], ["是我的身份证号"])


def of_card(draw: random.Random) -> Made:
    written = spelling(draw, luhn("6222" + digits(draw, 11)), 4, 4, 4)
    return around(draw, written, ["", "卡号", "银行卡：", "信用卡号是"], ["是我的卡号", "（储蓄卡）"])


def of_account(draw: random.Random) -> Made:
    written = spelling(draw, draw.choice("1245") + digits(draw, draw.randint(15, 18)), 4, 4, 4)
    return around(draw, written, ["账号", "卡号：", "帐号为", "账户 ", "工资卡是"], ["是我的账号", "（卡号）"])


def of_passport(draw: random.Random) -> Made:
    value = draw.choice(["E", "G", "EA", "EK"]) + digits(draw, 8)
    value = value[:9]
    return around(
        draw,
        draw.choice([value, value.lower(), value.translate(WIDE), grouped(value, 1, by=" ")]),
        ["护照", "护照号：", "护照号码是", "passport no. "],
        ["是我的护照", "（护照号）"],
    )


def of_permit(draw: random.Random) -> Made:
    value = draw.choice("HMC") + digits(draw, draw.choice([8, 10]))
    written = draw.choice([value, grouped(value, 1, by="-"), grouped(value, 5, by=" "), value.lower()])
    return around(
        draw, written, ["港澳通行证", "通行证号：", "回乡证 ", "台胞证号码是"], ["是我的通行证", "（回乡证）"]
    )


def of_credit_code(draw: random.Random) -> Made:
    value = credit_code(draw)
    written = draw.choice(
        [value, value.lower(), value.translate(WIDE), grouped(value, 8, by=" "), grouped(value, 2, 6, by="-")]
    )
    return around(draw, written, ["", "统一社会信用代码", "信用代码：", "税号 "], ["是我们的信用代码"])


def of_wechat(draw: random.Random) -> Made:
    value = draw.choice(["lantian_", "qingfeng-", "wxid_", "Haiyun"]) + digits(draw, 4)
    value = draw.choice([value, "guangmingdadao", mobile(draw)])
    return around(
        draw,
        value,
        ["微信：", "微信号", "加微信 ", "我的微信是", "vx:", "V信：", "wechat: "]
        if value[-1].isdigit()
        else ["微信：", "微信号是", "wechat: "],
        ["是我的微信", "（微信）"],
    )


def of_qq(draw: random.Random) -> Made:
    value = draw.choice("12345678") + digits(draw, draw.randint(5, 9))
    written = draw.choice([value, value.translate(WIDE), grouped(value, 3, by=" "), grouped(value, 3, by="-")])
    return around(draw, written, ["QQ", "QQ号：", "我的qq是", "扣扣 ", "加QQ："], ["是我的QQ", "（QQ号）"])


def of_plate(draw: random.Random) -> Made:
    value = draw.choice("京沪粤浙川") + draw.choice("ABCD") + draw.choice(["", "D"]) + digits(draw, 5)
    written = draw.choice(
        [value, grouped(value, 2, by="·"), grouped(value, 2, by=" "), value.lower(), value.translate(WIDE)]
    )
    return around(draw, written, ["", "车牌", "车牌号：", "车号是"], ["是我的车牌", "（车牌号）"])


def of_birthday(draw: random.Random) -> Made:
    year, month, day = draw.randint(1950, 2004), draw.randint(1, 12), draw.randint(1, 28)
    spelled = f"{str(year).translate(SPELLED)}年{'一二三四五六七八九'[month % 9]}月十{'一二三四五六七八九'[day % 9]}日"
    written = draw.choice(
        [
            f"{year}年{month}月{day}日",
            f"{year}-{month:02}-{day:02}",
            f"{year}/{month}/{day}",
            f"{year}.{month}.{day}",
            f"{year}{month:02}{day:02}",
            f"{month}月{day}日",
            spelled,
        ]
    )
    return around(draw, written, ["生日", "生日是", "出生日期：", "我出生于"], ["出生", "是我的生日"])


def of_mail(draw: random.Random) -> Made:
    user, domain = draw.choice(["lan.tian", "qingfeng88", "a_b"]), draw.choice(["example", "mail.example"])
    written = draw.choice(
        [
            f"{user}@{domain}.com",
            f"{user} @ {domain}.com",
            f"{user}(at){domain}.com",
            f"{user} at {domain} dot com",
            f"{user}[at]{domain}[dot]com",
            f"{user}艾特{domain}点com",
            f"{user}＠{domain}．ｃｏｍ",
            f"{user}（at）{domain}.cn",
            f"{user}@{domain}。com",
            f"{user}圈a{domain}点com",
        ]
    )
    return around(draw, written, ["", "邮箱", "邮箱：", "请发到 "], [" 是我的邮箱", "（邮箱）"])


def of_name(draw: random.Random) -> Made:
    value = draw.choice(["王", "李", "欧阳", "赵", "周", "吴"]) + draw.choice(["晓岚", "明", "建国", "雨桐", "磊"])
    value = draw.choice([value, value, value, "Zhang Wei"])
    return around(
        draw,
        value,
        ["姓名：", "联系人", "持卡人是", "我叫", "户名 "] if value[0] != "Z" else ["姓名：", "name: ", "我叫："],
        ["（联系人）", "是我的姓名"] if value[0] != "Z" else [],
    )


def of_address(draw: random.Random) -> Made:
    city = draw.choice(["浙江省杭州市西湖区", "上海市长宁区", "广州市天河区", ""])
    house = draw.choice(
        ["青松路18号3单元502室", "梧桐街9号", "幸福里小区12栋1803室", "红旗镇向阳村7组", "东风路一百二十号六楼"]
    )
    before = ["家住", "地址：", "我住在", "家庭住址是", "寄到"]
    return around(
        draw,
        city + house if city or "镇" not in house else "临安县" + house,
        before if "镇" in house else ["", *before],
        [],
    )


def of_secret(draw: random.Random) -> Made:
    value = draw.choice([digits(draw, 6), "Lan" + digits(draw, 5) + "!"])
    written = spelling(draw, value, 3) if value.isdigit() else value
    written = written if set(written).isdisjoint("/_.，\n") else value
    labels = [
        "密码",
        "密码是",
        "我的密码：",
        "验证码",
        "验证码为 ",
        "动态码：",
        "他让我报验证码，我报了",
        "cvv2 ",
        "CVN:",
        "支付密码是“",
        "otp is ",
    ]
    return around(draw, written, labels, ["是验证码", "（密码）", "是我的密码"] if value.isdigit() else [])


KINDS: dict[str, tuple[str, Callable[[random.Random], Made]]] = {
    "mobile phones": ("phone", of_phone),
    "landlines with area code": ("phone", of_landline),
    "landlines without area code": ("phone", of_line_without_area),
    "identity numbers": ("id_no", of_identity),
    "identity numbers with a slip": ("id_no", of_nearly_identity),
    "cards": ("card", of_card),
    "accounts without check digit": ("card", of_account),
    "passports": ("id_no", of_passport),
    "travel permits": ("id_no", of_permit),
    "unified social credit codes": ("id_no", of_credit_code),
    "WeChat": ("wechat", of_wechat),
    "QQ": ("qq", of_qq),
    "plates": ("plate", of_plate),
    "birthdays": ("birthday", of_birthday),
    "e-mail": ("email", of_mail),
    "names after a label": ("name", of_name),
    "addresses": ("address", of_address),
    "passwords and codes": ("secret", of_secret),
}
# What looks like one and is none: amounts, counts, orders, days of transactions, services.
NOTHING_PERSONAL = [
    "15000000000 份",
    "转出15912345678元",
    "成交额13800138000元",
    "￥13800138000",
    "¥ 12,345.67",
    "共1,380,013,800元",
    "订单号13800138000",
    "流水号 202611231234567890",
    "保单号：15912345678",
    "交易号20261123123456",
    "2026年11月3日扣款500元",
    "2026-11-23 15:30:20",
    "20261123153020",
    "一九九八年开的户",
    "一二三四五个人",
    "利率百分之三点八五",
    "3月2日生效",
    "第15号窗口",
    "打了95588和12378",
    "客服400-888-8888",
    "密码错误3次就锁卡",
    "验证码60秒没收到",
    "密码要6到8位",
    "忘记密码，打95588没人接",
    "验证码收不到，卡尾号1234",
    "账户余额6222元",
    "账户被扣1000.00元",
    "卡里少了12345678元",
    "手机银行3.0.12版本",
    "手机2019年买的",
    "电话打了20多次",
    "电话等了1小时30分",
    "身份证过期3个月",
    "证件要等15个工作日",
    "微信支付扣了200元",
    "微信绑定不了android",
    "QQ钱包里有500元",
    "联系人工客服要等",
    "姓名填错了改不了",
    "姓名不符",
    "本人于2026年11月投诉",
    "本人办理业务",
    "我是老客户",
    "地址写错了",
    "在地址栏填不了字",
    "住在城市里的人",
    "南京路100号支行态度差",
    "车牌贷款利率",
    "出生证明要复印件",
    "生日礼品没给",
    "用了10年的信用卡",
    "产品代码A12345678",
    "C261123-0483175-9",
    "192.168.100.100",
    "积分15912345678分",
    "my password is wrong",
    "the card was charged 250.00 twice",
    "I waited at the branch for 2 hours",
    "版本号 8.0.1.2.3",
    "基金净值1.2345",
]


def variants(make: Callable[[random.Random], Made], name: str) -> Iterator[Made]:
    draw = random.Random(name)
    for _one in range(VARIANTS):
        yield make(draw)


def is_found(kind: str, value: str, text: str) -> bool:
    """Whether a token of the kind stands there and nothing of the value is left but marks."""
    redacted = examine(text)
    left = re.sub(r"［[^］]*］", "", redacted.text)
    tail = re.sub(r"[^\w]", "", value)[-4:]
    return kind in redacted.kinds and tail not in re.sub(r"[^\w]", "", left)


def test_of_every_kind_at_least_19_of_20_spellings_are_found():
    """S23: 99 of 191 were found: not what is spelled in Chinese, wrapped, or known only by the word beside it."""
    missed = {}
    for name, (kind, make) in KINDS.items():
        lost = [text for value, text in variants(make, name) if not is_found(kind, value, text)]
        print(f"{name}: {VARIANTS - len(lost)} of {VARIANTS}")
        if len(lost) > VARIANTS * (1 - FOUND):
            missed[name] = lost
    assert missed == {}


def test_what_only_looks_like_one_stays():
    """S23: 15000000000 份 and 15912345678元 became telephones."""
    assert {text: examine(text).text for text in NOTHING_PERSONAL if examine(text).kinds} == {}
