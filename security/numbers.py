"""Numbers and addresses that are known by their form alone: phones, identity numbers, cards, e-mail, plates."""

import re
from datetime import date

from security.blind import REGION, is_credit_code, is_former_identity_number, is_identity_number
from security.numerals import MARKS, SPACES

GAP, SPACED, NARROW = f"[{MARKS}]{{0,3}}", f"[{MARKS}]{{1,3}}", f"[{SPACES}]{{0,3}}"
AREA = "(?:10|2[0-9]|[3-9][0-9]{2})"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂甘晋陕吉闽贵粤川青藏琼宁桂蒙新"
PERSONAL = re.compile(
    rf"""
    (?P<reference> C[0-9]{{6}}-[0-9]{{6,}}-[0-9] )
  | (?P<email> (?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{{1,200}}
               @(?:[A-Za-z0-9][A-Za-z0-9\-]{{0,62}}\.)+[A-Za-z]{{2,24}} )
  | (?P<openid> (?<![A-Za-z0-9_\-])o[A-Za-z0-9_\-]{{27}}(?![A-Za-z0-9_\-]) )
  | (?P<plate> (?<=[{PROVINCES}])[A-HJ-NP-Za-hj-np-z][·.\- ]?
               (?=[A-Za-z]{{0,4}}[0-9])[A-HJ-NP-Za-hj-np-z0-9]{{4,5}}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![A-Za-z0-9]) )
  | (?<![0-9¥￥$€£]) (?<![0-9]\.)
    (?: (?P<number> [1-9](?:[0-9]{{16}}[Xx]|[0-9]{{14,18}})
          | [1-9][0-9]{{5}}{GAP}(?:19|20)[0-9]{{2}}{GAP}[01][0-9]{GAP}[0-3][0-9]{GAP}[0-9]{{3}}[0-9Xx]
          | (?P<fours>[1-9][0-9]{{3}}(?:{SPACED}[0-9]{{4}}){{3}})(?:{GAP}[0-9]{{0,2}}[0-9Xx])?
          | [1-9][0-9]{{5}}{SPACED}[0-9]{{10,13}} )
      | (?P<phone>
            (?:[(（]?(?:\+|00)86[)）]?{NARROW}|86{NARROW}|0{NARROW})?
            (?: 1[3-9][0-9]{GAP}[0-9]{{4}}{GAP}[0-9]{{4}}
              | 1[3-9][0-9]{SPACED}[0-9]{{3}}{SPACED}[0-9]{{5}}
              | 1[3-9][0-9]{SPACED}[0-9]{{5}}{SPACED}[0-9]{{3}}
              | 1[3-9][0-9]{{2}}{SPACED}[0-9]{{3}}{SPACED}[0-9]{{4}}
              | 1[3-9][0-9]{{2}}{SPACED}[0-9]{{4}}{SPACED}[0-9]{{3}}
              | 1{SPACED}[3-9](?:{SPACED}[0-9]){{9}} )
          | (?:(?:\+|00)86{GAP}0?|[(（]?0){AREA}[)）]?{GAP}[2-9][0-9]{{2,3}}{GAP}[0-9]{{4}}
          | \+[1-9](?:{NARROW}[0-9]){{9,14}} ) )
    (?![0-9]) (?!\.[0-9]{{1,2}}(?![0-9]))
  | (?P<credit> (?<![A-Za-z0-9])(?=[0-9\- ]{{2,23}}[A-HJ-NP-Ya-hj-np-y])[159NYny][1239](?:{NARROW}[0-9]){{6}}
               (?:{NARROW}[0-9A-HJ-NP-RTUWXYa-hj-np-rtuwxy]){{10}}(?![A-Za-z0-9]) )
    """,
    re.VERBOSE,
)
# What such digits are when they are no telephone: 15912345678元, 15000000000 份, 订单号 13800138000
COUNTED = re.compile(
    r"\s{0,2}(?:[元块圆份万亿股笔人次个条张积]|分(?!机)|美[元金]|日元|港币|欧元|人民币|[Uu][Ss][Dd]|[Rr][Mm][Bb]|[Cc][Nn][Yy]|[Yy]uan|%|％)"
)
CALLED = re.compile(
    r"(?:订单|单号|流水|编号|交易号|凭证|合同|保单|票号|序列号|批次|参考号|余额|金额|人民币|额度|市值|RMB|CNY|USD)"
    r"(?:号码?|[是为:：=#\s]){0,3}$"
)
CARD_STARTS = "34569"  # bank cards; numbers made from a date start with 1 or 2
UNION_PAY = "62"
DOUBLED = str.maketrans("0123456789", "0246813579")  # sum of the digits of twice the digit
NOT_IN_NUMBERS = re.compile(r"[^0-9X]")
NEARLY = re.compile(REGION + "[0-9]{4}((?:19|20)[0-9]{6})[0-9]{2,4}[0-9X]")
LAST_BORN = 2016  # nobody younger has a contract; what looks like a later one is made from the day of a transaction
PLATE_CITY = 1  # the sign of the province stands before the match: most texts have none


def judge(match: re.Match[str]) -> tuple[str, int, int]:
    """What was matched and where it stands; "" when it is nothing personal, with the place to go on from."""
    kind, start, end = str(match.lastgroup), match.start(), match.end()
    if kind == "plate":
        return kind, start - PLATE_CITY, end
    if kind == "openid" and match[0] == match[0].lower():  # lower-case words with hyphens
        return "", start, start + 1
    if kind == "credit":
        written = re.sub(r"[^0-9A-Z]", "", match[0].upper())
        return ("id_no", start, end) if is_credit_code(written) else ("", start, start + 1)
    if kind == "phone" and (COUNTED.match(match.string, end) or is_called(match.string, start)):
        return "", start, end
    return _number(match) if kind == "number" else (kind, start, end)


def _number(match: re.Match[str]) -> tuple[str, int, int]:
    start = match.start()
    for end in (match.end(), match.end("fours")):  # the last digits may belong to the next word
        if end > 0 and (kind := _number_kind(match.string, start, end)):
            return kind, start, end
    return "", start, start + 1


def _number_kind(text: str, start: int, end: int) -> str:
    number = NOT_IN_NUMBERS.sub("", text[start:end].upper())
    if is_identity_number(number) or is_former_identity_number(number) or is_credit_code(number):
        return "id_no"
    other = is_called(text, start)
    if 16 <= len(number) <= 19 and number.isdigit() and number[0] in CARD_STARTS and luhn(number):
        return "" if other and not number.startswith(UNION_PAY) else "card"
    return "id_no" if not other and _is_nearly_identity_number(number) else ""


def _is_nearly_identity_number(number: str) -> bool:
    """One sign is wrong, missing or double, and the birthday of somebody who may have a contract stands in it."""
    found = NEARLY.fullmatch(number)
    if found is None:
        return False
    try:
        born = date(int(found[1][:4]), int(found[1][4:6]), int(found[1][6:]))
    except ValueError:
        return False
    return 1900 < born.year <= LAST_BORN


def is_called(text: str, start: int) -> bool:
    """Whether the words before say that it is an order, a contract or an amount."""
    return CALLED.search(text, max(start - 12, 0), start) is not None


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    return (sum(map(int, number[-1::-2])) + sum(map(int, number[-2::-2].translate(DOUBLED)))) % 10 == 0
