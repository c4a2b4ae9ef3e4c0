"""Take personal values out of free text, so that search, statistics and lists can use what remains.

It reads as customers write: full-width digits, spaces and dashes inside numbers. What only looks like a personal
number stays: amounts, dates, case references, order numbers that fail the check digit.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from security.blind import is_former_identity_number, is_identity_number

TOKENS = {
    "phone": "［电话］",
    "id_no": "［证件号］",
    "card": "［卡号］",
    "email": "［邮箱］",
    "openid": "［openid］",
    "name": "［姓名］",
}

# Full-width letters, digits and the marks inside numbers and addresses, as their ASCII twins: one character for
# one, so that a place in the folded text is the same place in the text.
FULL_WIDTH = re.compile(r"[０-９Ａ-Ｚａ-ｚ＠＋－．＿]")
TWINS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if FULL_WIDTH.match(chr(code))}

BETWEEN = r" \-\u00a0\u2002-\u200d\u2010-\u2015\u2212\u3000\ufeff"  # spaces, dashes, invisible characters
GAP, SPACED = f"[{BETWEEN}]{{0,3}}", f"[{BETWEEN}]{{1,3}}"
# Stretches of text that can hold anything of PERSONAL: they are found fast, and most Chinese text has none.
STRETCH = re.compile(rf"[0-9A-Za-z+(（][0-9A-Za-z@._%+()（）{BETWEEN}]{{6,}}")
WORTH_A_LOOK = re.compile(r"[0-9@]|o[A-Za-z0-9_\-]{27}")
AREA = "(?:10|2[0-9]|[3-9][0-9]{2})"
PERSONAL = re.compile(
    rf"""
    (?P<reference> C[0-9]{{6}}-[0-9]{{6,}}-[0-9] )
  | (?P<email> (?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{{1,200}}@
               (?:[A-Za-z0-9][A-Za-z0-9\-]{{0,62}}\.)+[A-Za-z]{{2,24}} )
  | (?P<openid> (?<![A-Za-z0-9_\-])o[A-Za-z0-9_\-]{{27}}(?![A-Za-z0-9_\-]) )
  | (?<![0-9¥￥$€£]) (?<![0-9][.,])
    (?: (?P<number> [1-9](?:[0-9]{{16}}[Xx]|[0-9]{{14,18}})
          | [1-9][0-9]{{5}}{GAP}(?:19|20)[0-9]{{2}}{GAP}[01][0-9]{GAP}[0-3][0-9]{GAP}[0-9]{{3}}[0-9Xx]
          | (?P<fours>[1-9][0-9]{{3}}(?:{SPACED}[0-9]{{4}}){{3}})(?:{GAP}[0-9]{{0,2}}[0-9Xx])?
          | [1-9][0-9]{{5}}{SPACED}[0-9]{{10,13}} )
      | (?P<phone>
            (?:[(（]?(?:\+|00)86[)）]?{GAP}|86{GAP}|0{GAP})?
            (?: 1[3-9][0-9]{GAP}[0-9]{{4}}{GAP}[0-9]{{4}}
              | 1[3-9][0-9]{SPACED}[0-9]{{3}}{SPACED}[0-9]{{5}}
              | 1[3-9][0-9]{SPACED}[0-9]{{5}}{SPACED}[0-9]{{3}}
              | 1[3-9][0-9]{{2}}{SPACED}[0-9]{{3}}{SPACED}[0-9]{{4}}
              | 1[3-9][0-9]{{2}}{SPACED}[0-9]{{4}}{SPACED}[0-9]{{3}}
              | 1[3-9][0-9]\.[0-9]{{4}}\.[0-9]{{4}}
              | 1{SPACED}[3-9](?:{SPACED}[0-9]){{9}} )
          | (?:(?:\+|00)86{GAP}0?|[(（]?0){AREA}[)）]?{GAP}[2-9][0-9]{{2,3}}{GAP}[0-9]{{4}}
          | \+[1-9](?:{GAP}[0-9]){{9,14}} ) )
    (?![0-9]) (?!\.[0-9]{{1,2}}(?![0-9]))
    """,
    re.VERBOSE,
)
LATIN = re.compile(r"[A-Za-z0-9]")
NOT_IN_NUMBERS = re.compile(r"[^0-9X]")
CARD_STARTS = "34569"  # bank cards; numbers made from a date start with 1 or 2
DOUBLED = str.maketrans("0123456789", "0246813579")  # sum of the digits of twice the digit

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
    folded = _fold(text)
    found = _joined([*_personal(folded), *_known(folded, known)])
    pieces, position = [], 0
    for start, end, kind in found:
        pieces += [text[position:start], TOKENS[kind]]
        position = end
    pieces.append(text[position:])
    return Redacted("".join(pieces), dict(Counter(kind for _start, _end, kind in found)))


def _fold(text: str) -> str:
    return text.translate(TWINS) if FULL_WIDTH.search(text) else text


def _personal(folded: str) -> Iterator[Span]:
    for stretch in STRETCH.finditer(folded):
        position, stop = stretch.span()
        if not WORTH_A_LOOK.search(folded, position, stop):
            continue
        while match := PERSONAL.search(folded, position, stop):
            kind, position = _judge(match)
            if kind in TOKENS:
                yield match.start(), position, kind


def _judge(match: re.Match[str]) -> tuple[str, int]:
    """What was matched and where it ends; something that is no key of TOKENS when it is nothing personal."""
    kind = str(match.lastgroup)
    if kind == "openid" and match[0] == match[0].lower():  # lower-case words with hyphens
        return "", match.start() + 1
    if kind != "number":
        return kind, match.end()
    for end in (match.end(), match.end("fours")):  # the last digits may belong to the next word
        if end > 0 and (kind := _number_kind(match.string[match.start() : end])):
            return kind, end
    return "", match.start() + 1


def _number_kind(written: str) -> str:
    number = NOT_IN_NUMBERS.sub("", written.upper())
    if is_identity_number(number) or is_former_identity_number(number):
        return "id_no"
    return "card" if 16 <= len(number) <= 19 and number.isdigit() and number[0] in CARD_STARTS and _luhn(number) else ""


def _luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    return (sum(map(int, number[-1::-2])) + sum(map(int, number[-2::-2].translate(DOUBLED)))) % 10 == 0


def _known(folded: str, known: Iterable[str]) -> Iterator[Span]:
    """Where known values stand. Found by search, not by pattern: every text has others, and compiling costs more."""
    values = {value for value in (_fold(one).strip().lower() for one in known) if len(value) > 1}
    lowered = folded.lower() if values else ""
    if len(lowered) != len(folded):
        lowered = folded  # a letter whose small form is longer would shift what follows it
    for value in values:
        kind = "id_no" if re.search("[0-9]", value) else "name"
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
