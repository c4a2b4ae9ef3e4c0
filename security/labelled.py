"""Values that are known by the word beside them: 微信号 ..., 护照 ..., ... 是我的座机, 生日 ...

The word may stand before the value or after it. Only words near digits or Latin letters are looked at.
"""

import re
from collections.abc import Iterator

from security.days import DAY
from security.numbers import COUNTED, is_called
from security.numerals import MARKS

Span = tuple[int, int, str]  # start, end, key of TOKENS

NEAR = 30  # characters between a word and the stretch it belongs to, the word included
# kind -> the words that announce it, in small letters
WORDS = {
    "phone": "手机|电话|座机|固话|联系方式|联系号码|回电|来电|致电|小灵通|传真|短号|号码|tel|phone|mobile|call me|fax",
    "card": "卡号|账号|帐号|账户|帐户|银行卡|信用卡|储蓄卡|借记卡|贷记卡|工资卡|存折|折号|card|account",
    "id_no": "身份证|证件|护照|通行证|回乡证|台胞证|军官证|居住证|驾驶证|港澳证"
    "|信用代码|机构代码|税号|识别号|passport|permit|id no|id number",
    "wechat": "微信|薇信|威信|v信|加v|wechat|weixin|vx|wx",
    "qq": "qq|扣扣|企鹅号",
    "plate": "车牌|牌照|车号|plate",
}
KIND_OF = {word: kind for kind, words in WORDS.items() for word in words.split("|")}
WORD = re.compile("|".join(sorted(KIND_OF, key=len, reverse=True)))

SEP = rf"[{MARKS}]{{0,3}}"
# Between the word and the value: 电话是, 卡号（尾号不是）..., 我的微信号：
LINK = (
    r"(?:号码|号|[是为:：=＝\s\"“‘「（(【\[，,]|就是|我的|我是|本人|请[打加]|打|加|叫|is|no\.?|number|[_\-]?id|:|at|on|日期|年月日?|于|在"
    r"|证|码|[改换变]更?[成为]|现在|新的?|填[写的]?|留[的了]?|分别|原[来是]?){0,6}"
)
NO_DATE = rf"(?!{DAY}(?![0-9]))"
# kind -> how its value may be written, once a word says what it is
VALUES = {
    "phone": (
        rf"{NO_DATE}(?![48]00)[+(（]{{0,2}}[0-9](?:[()（）{MARKS}]{{0,3}}[0-9]){{6,14}}"
        r"(?:\s?(?:转|分机|ext\.?)\s?[0-9]{1,6})?"
    ),
    "card": rf"[0-9](?:{SEP}[0-9]){{15,18}}",
    "id_no": (
        rf"{NO_DATE}(?:[0-9](?:{SEP}[0-9]){{12,18}}(?:{SEP}[Xx])?"
        rf"|[A-Za-z](?:{SEP}[A-Za-z])?(?:{SEP}[0-9]){{6,10}}(?:\s?[(（][0-9A-Za-z][)）])?"
        rf"|(?=(?:[^0-9]{{0,4}}[0-9]){{8}})[0-9A-HJ-NP-Ya-hj-np-y](?:{SEP}[0-9A-HJ-NP-Ya-hj-np-y]){{17}})"
    ),
    "wechat": (  # letters alone only where something says that they are a name: 微信 android is none
        r"(?=[A-Za-z_\-]{0,19}[0-9_\-]|(?<=[:：号是为叫加])[A-Za-z]|(?<=[:：号是为叫加]\s)[A-Za-z])[A-Za-z][A-Za-z0-9_\-]{5,19}"
        rf"|(?!{DAY})[0-9](?:{SEP}[0-9]){{5,10}}"
    ),
    "qq": rf"{NO_DATE}[1-9](?:{SEP}[0-9]){{4,10}}",
    "plate": r"[\u4e00-\u9fff]?\s?[A-Za-z][·.\- ]?(?=[A-Za-z]{0,4}[0-9])[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳]",
}
STOP = r"(?![0-9A-Za-z])"
AFTER = {kind: re.compile(rf"{LINK}(?P<value>{value}){STOP}") for kind, value in VALUES.items()}
# Between the value and the word that follows it: ...是我的手机, ...（座机）
BACK = (
    r"[\s”\"’」）)]{0,2}(?:[，,]?(?:这个?|就|都)?[是为]|[（(\[【/]|[，,]?这个?)(?:我|他|她|本人|客户|老公|家里?|公司|单位|儿子|父亲|母亲|爱人){0,2}"
    r"(?:的|办公室?的?|新|老|旧|常用|联系|银行|贷款|注册|绑定|预留|加我?|的?居民|港澳|往来|统一社会){0,3}"
)
LETTERS = re.compile(r"(?<![0-9A-Za-z])(?P<value>[A-Za-z][A-Za-z_\-]{5,19})(?:[是为]我的?|[（(\[【])$")
BEFORE = {
    kind: re.compile(rf"(?<![0-9A-Za-z])(?<![0-9][\-.])(?P<value>{value}){BACK}$") for kind, value in VALUES.items()
}
SPAN_BEFORE = 48  # characters that a value and what links it to the word after it may take
LATIN = re.compile("[a-z]")
MOBILE, NO_DIGIT = re.compile("(?:86)?1[3-9][0-9]{9}"), re.compile("[^0-9]")
SERVICE = re.compile(r"95[0-9]{3,4}$|1[02][0-9]{3}$|12[0-9]{3}$|96[0-9]{3,4}$")


def labelled(folded: str, lowered: str, start: int, stop: int) -> Iterator[Span]:
    """Values named by a word near a stretch of `folded`; `lowered` is the same in small letters."""
    last = min(stop + NEAR, len(folded))
    for word in WORD.finditer(lowered, max(start - NEAR, 0), last):
        if LATIN.match(word[0]) and LATIN.match(lowered[word.start() - 1 : word.start()]):
            continue  # did no, discard
        kind = KIND_OF[word[0]]
        match = AFTER[kind].match(folded, word.end())
        if match is None or _counts_something(match):
            match = BEFORE[kind].search(folded, max(word.start() - SPAN_BEFORE, 0), word.start())
        if match is None and kind == "wechat":
            match = LETTERS.search(folded, max(word.start() - SPAN_BEFORE, 0), word.start())
        if match is not None and not _counts_something(match):
            yield match.start("value"), match.end("value"), kind


def _counts_something(match: re.Match[str]) -> bool:
    """Whether what looks like a value is an amount, an order or the number of a service."""
    text, (start, end) = match.string, match.span("value")
    if SERVICE.match(text[start:end]) or is_called(text, start):
        return True
    return COUNTED.match(text, end) is not None and not MOBILE.fullmatch(NO_DIGIT.sub("", text[start:end]))
