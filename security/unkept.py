"""What is never stored, sealed or not: passwords, one-time codes, card check codes (C3 of JR/T 0171-2020).

Such a value has no form of its own. It is known by the word before or after it: 密码是 ..., ... 是验证码.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from security.numerals import CHINESE_DIGITS, fold, in_small_letters

REMOVED = "［已删］"

# Every alternative begins with a letter of its own: such a pattern is found fast, and every text is looked through.
CHINESE_WORDS = (
    "密码|口令|验证码|校验码|动态码|随机码|短信码|授权码|安全码|密保|三位码|背面三位|背面的三位|背面后三位|背面末三位"
    "|背面3位|反面三位|后面三位|卡背三位|后三码"
)
LATIN_WORDS = "cvv2|cvv|cvn2|cvn|cvc2|cvc|pin|otp|password|passwd|passcode|pwd|verification code|security code"
WORD = re.compile(f"{CHINESE_WORDS}|{LATIN_WORDS}")
LATIN = re.compile("[a-z]")
KEY = re.compile(rf"(?:{CHINESE_WORDS})|(?:^|[^a-z])(?:{LATIN_WORDS})(?:$|[^a-z])")
CASES = re.compile("(?<=[a-z])(?=[A-Z])")

DIGIT = f"[0-9{CHINESE_DIGITS}]"
# Between the word and the value: 密码是, 验证码为：, PIN code is, 密码“...
LINK = (
    r"(?:号码?|数字|的?[是为成]|设[置定]?|改|输入?了?|填写?了?|给了?[他她]|发了?|[，,]?[我他]?就?[报念说给]了?[他她]?|告诉了?[他她]?|[我他她]的|一直|还|就"
    r"|code|is|was|[:：=＝“‘「『（(【\[\"'<>\s]){0,6}"
)
END = r"(?![0-9A-Za-z])(?!\s?(?:多?[位秒分天次年月日元块万亿条遍点章层]|个|小时|号[线楼]))"
DIGITS = rf"{DIGIT}(?:[ \-.,、·]{{0,2}}{DIGIT}){{2,18}}"
MIXED = r"(?=[A-Za-z!@#$%^&*_+\-.~?]{0,31}[0-9])[0-9A-Za-z!@#$%^&*_+\-.~?]{3,32}"
LETTERS = r"(?:(?<=[是为成:：=])|(?<=成了))\s{0,2}[“‘「\"']?[A-Za-z!@#$%^&*_+\-]{4,32}"
AFTER = re.compile(rf"{LINK}(?P<value>{MIXED}|{DIGITS}|{LETTERS}){END}")
ANOTHER = re.compile(rf"\s?(?:和|或者?|及|、|/|又|后来改成|再)\s?(?P<value>{MIXED}|{DIGITS}){END}")
# A number further on in the same breath: 验证码他让我念给他听 482913
LATER = re.compile(
    r"[^。！？!?\n0-9]{1,24}(?<![0-9A-Za-z./\-:])"
    rf"(?P<value>[0-9]{{4,8}}|[0-9]{{3}}[ \-][0-9]{{3}}|[{CHINESE_DIGITS}]{{4,8}}){END}(?![./\-:][0-9])"
)
LONG_NUMBER = re.compile(r"[0-9][0-9 \-]{9,}")  # a telephone, a card: only where it says 是, and not only 密码
SAYS_IT = re.compile("[是为成:：=]")
OTHER_NUMBER = re.compile(
    "尾号|末|后四|电话|手机|热线|客服|拨|打|号码|卡|账|帐|户|单|金额|余额|额度|版本|订|款|年|[¥￥$]"
)
NO_CODE = re.compile(r"(?:19|20)[0-9]{2}$|95[0-9]{3,4}$|1[02][0-9]{3}$|12[0-9]{3}$|96[0-9]{3,4}$")
OF_WHAT = "[我他她]的|短信|银行|登[录陆]|支付|交易|查询|取款|取现|手机|银行?卡|信用卡|动态|the |my "
BEFORE = re.compile(
    rf"(?<![0-9A-Za-z.¥￥$])(?P<value>{DIGIT}(?:[ \-]?{DIGIT}){{2,7}})"
    r"[”\"’」）)]?，?(?:就?[是为]|这个|这是|当?作|[（(\[【]){1,2}"
    rf"(?:{OF_WHAT}){{0,3}}(?:{CHINESE_WORDS}|{LATIN_WORDS})"
)

Span = tuple[int, int]


def without_secrets(text: str) -> str:
    """Return `text` without such values: what a copy and a sealed original may hold. Doing it twice changes nothing."""
    folded = fold(text)
    pieces, position = [], 0
    for start, end in secrets_in(folded, in_small_letters(folded)):
        pieces += [text[position:start], REMOVED]
        position = end
    return "".join([*pieces, text[position:]]) if pieces else text


def without_secrets_in(value: Any) -> Any:
    """The same for every text in what a sender made: {"password": ...} and {"note": "密码 ..."} alike."""
    if isinstance(value, Mapping):
        return {key: REMOVED if _names_one(key, one) else without_secrets_in(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_secrets_in(one) for one in value]
    return without_secrets(value) if isinstance(value, str) else value


def _names_one(key: str, value: Any) -> bool:
    spelled = CASES.sub(" ", key).lower().replace("_", " ")
    return bool(value) and isinstance(value, str | int) and value is not True and KEY.search(spelled) is not None


def secrets_in(folded: str, lowered: str) -> list[Span]:
    """Where they stand in a text made of `numerals.fold`, in order and apart. lowered: the same in small letters."""
    if not WORD.search(lowered):
        return []
    found: list[Span] = []
    for start, end in sorted({*_after(folded, lowered), *_before(lowered)}):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _after(folded: str, lowered: str) -> Iterator[Span]:
    for word in WORD.finditer(lowered):
        place = word.end()
        if LATIN.match(word[0]) and (
            LATIN.match(lowered[word.start() - 1 : word.start()]) or LATIN.match(lowered, place)
        ):
            continue  # shipping, opinion
        match = _next(folded, place) or _later(folded, place)
        while match:
            yield match.span("value")
            place = match.end()
            match = ANOTHER.match(folded, place)


def _next(folded: str, place: int) -> re.Match[str] | None:
    match = AFTER.match(folded, place)
    if match and LONG_NUMBER.fullmatch(match["value"]) and not SAYS_IT.search(folded, place, match.start("value")):
        return None
    return match


def _later(folded: str, place: int) -> re.Match[str] | None:
    match = LATER.match(folded, place)
    if match is None or OTHER_NUMBER.search(folded, place, match.start("value")) or NO_CODE.match(match["value"]):
        return None
    return match


def _before(lowered: str) -> Iterator[Span]:
    for match in BEFORE.finditer(lowered):
        if not NO_CODE.match(match["value"]):
            yield match.span("value")
