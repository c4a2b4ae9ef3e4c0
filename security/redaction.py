"""Take personal values out of free text, so that search, statistics and lists can use what remains.

It reads as customers write: full-width and Chinese digits, marks and line breaks inside numbers, the word that says
what a number is. What only looks like a personal number stays: amounts, dates, case references, order numbers. What
is never stored (unkept.py) goes too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from security import days, people, unkept
from security.days import birthdays
from security.labelled import labelled
from security.numbers import PERSONAL, judge
from security.numerals import MARKS, fold, in_small_letters
from security.people import names_and_homes, streets
from security.unkept import REMOVED, secrets_in

TOKENS = {
    "phone": "［电话］",
    "id_no": "［证件号］",
    "card": "［卡号］",
    "email": "［邮箱］",
    "openid": "［openid］",
    "name": "［姓名］",
    "address": "［地址］",
    "birthday": "［生日］",
    "plate": "［车牌］",
    "wechat": "［微信］",
    "qq": "［QQ］",
    "secret": REMOVED,
}

# Stretches of text that can hold anything with digits or Latin letters: found fast, and most Chinese text has none.
STRETCH = re.compile(rf"[0-9A-Za-z+(（][0-9A-Za-z@._%+()（）{MARKS}]{{4,}}")
WORTH_A_LOOK = re.compile(r"[0-9@]|o[A-Za-z0-9_\-]{27}")
# An address that is written so that programs do not read it: zhang 艾特 example 点 com
SPELLED_MAIL = re.compile(
    r"艾特|圈a|\(\s?at|（\s?at|\[\s?at|【\s?at|{\s?at| at |\nat |点\s?com|点\s?cn|点\s?net|dot| @|　@|@ |@　|。com|。cn"
)
AT = r"\s{0,2}(?:@|[(（\[【{]\s?(?:at|@|艾特)\s?[)）\]】}]|艾特|圈a|(?<=\s)at(?=\s))\s{0,2}"
DOT = r"\s{0,2}(?:\.|。|[(（\[【{]\s?(?:dot|点|\.)\s?[)）\]】}]|点|(?<=\s)dot(?=\s))\s{0,2}"
MAIL = re.compile(
    rf"(?<![a-z0-9._%+\-])[a-z0-9._%+\-]{{1,64}}{AT}(?:[a-z0-9][a-z0-9\-]{{0,62}}{DOT}){{1,4}}"
    r"(?:com|cn|net|org|edu|gov|hk|top|vip)(?![a-z])"
)
# One look for any word that announces something: most texts have none.
CLUE = re.compile(
    "|".join(words.pattern for words in (unkept.WORD, people.LABEL, people.HOME, days.LABEL, SPELLED_MAIL))
)
MAIL_REACH = 90  # characters of an address on each side of the mark that gives it away
LATIN, HAS_DIGIT = re.compile(r"[A-Za-z0-9]"), re.compile("[0-9]")

Span = tuple[int, int, str]  # start, end, key of TOKENS


@dataclass(frozen=True)
class Redacted:
    text: str
    kinds: dict[str, int]  # how many values of each kind were taken out


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` with personal values replaced by tokens; `known` are names and values of the people in it."""
    return examine(text, known).text


def examine(text: str, known: Iterable[str] = ()) -> Redacted:
    """As `redact`, and count what was found."""
    folded = fold(text)
    lowered = in_small_letters(folded)
    found = _joined([*_personal(folded, lowered), *_known(lowered, known)])
    if not found:
        return Redacted(text, {})
    pieces, position = [], 0
    for start, end, kind in found:
        pieces += [text[position:start], TOKENS[kind]]
        position = end
    pieces.append(text[position:])
    return Redacted("".join(pieces), dict(Counter(kind for _start, _end, kind in found)))


def _personal(folded: str, lowered: str) -> Iterator[Span]:
    for stretch in STRETCH.finditer(folded):
        position, stop = stretch.span()
        yield from labelled(folded, lowered, position, stop)
        if not WORTH_A_LOOK.search(folded, position, stop):
            continue
        while match := PERSONAL.search(folded, position, stop):
            kind, start, position = judge(match)
            if kind in TOKENS:
                yield start, position, kind
    yield from streets(folded)
    if not CLUE.search(lowered):
        return
    yield from ((start, end, "secret") for start, end in secrets_in(folded, lowered))
    yield from names_and_homes(folded, lowered)
    yield from birthdays(folded, lowered)
    for mark in SPELLED_MAIL.finditer(lowered):
        for match in MAIL.finditer(lowered, max(mark.start() - MAIL_REACH, 0), mark.end() + MAIL_REACH):
            yield *match.span(), "email"


def _known(lowered: str, known: Iterable[str]) -> Iterator[Span]:
    """Where known values stand. Found by search, not by pattern: every text has others, and compiling costs more."""
    values = {value for value in (fold(one).strip().lower() for one in known) if len(value) > 1}
    for value in values:
        kind = "id_no" if HAS_DIGIT.search(value) else "name"
        start = lowered.find(value)
        while start >= 0:
            end = start + len(value)
            if _stands_alone(lowered, start, end):
                yield start, end, kind
            start = lowered.find(value, start + 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether what stands there is no part of a longer Latin word or number."""
    joined_before = start > 0 and LATIN.match(text[start]) and LATIN.match(text[start - 1])
    joined_after = end < len(text) and LATIN.match(text[end - 1]) and LATIN.match(text[end])
    return not joined_before and not joined_after


def _joined(spans: list[Span]) -> list[Span]:
    """The spans in order; those that overlap become one, of the kind that starts first."""
    joined: list[Span] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if joined and start < joined[-1][1]:
            first_start, first_end, first_kind = joined[-1]
            joined[-1] = (first_start, max(first_end, end), first_kind)
        else:
            joined.append((start, end, kind))
    return joined
