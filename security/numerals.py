"""The written forms of digits: full width, Chinese, and the marks that people put between them."""

import re

# Full-width letters, digits and the marks inside numbers and addresses, as their ASCII twins: one character for
# one, so that a place in the folded text is the same place in the text.
FULL_WIDTH = re.compile(r"[０-９Ａ-Ｚａ-ｚ＠＋－．＿／]")
TWINS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if FULL_WIDTH.match(chr(code))}

# 幺, 两, 拐, 洞 as on the phone; the rest as on cheques
CHINESE = dict(zip("零〇洞一幺壹二两贰三叁四肆五伍六陆七拐柒八捌九玖", "000111222334455667778899", strict=True))
CHINESE_TWINS = {ord(sign): digit for sign, digit in CHINESE.items()}
CHINESE_DIGITS = "".join(CHINESE)

SPACES = r" \-\u00a0\u2002-\u200d\u2010-\u2015\u2212\u3000\ufeff"  # spaces, dashes, invisible characters
MARKS = SPACES + r",_/.\r\n\t·、，"  # and what else stands between the groups of a number that is dictated or wrapped
FEWEST = 7  # digits of a number that may be spelled in Chinese: shorter ones are words, such as 一一
CHINESE_RUN = re.compile(rf"[{CHINESE_DIGITS}0-9](?:[{MARKS}]{{0,2}}[{CHINESE_DIGITS}0-9]){{{FEWEST - 1},}}")
WHOLE = re.compile(rf"[0-9](?:[{MARKS}]{{0,2}}[0-9]){{10}}")
# Spelled digits, not one of them alone: 一 stands in every third sentence.
SPELLED = re.compile(rf"[{CHINESE_DIGITS}][{MARKS}]{{0,2}}[{CHINESE_DIGITS}0-9][{MARKS}]{{0,2}}[{CHINESE_DIGITS}0-9]")


def fold(text: str) -> str:
    """Return the text of the same length with ASCII digits for full-width ones and for long runs of Chinese ones."""
    folded = text.translate(TWINS) if FULL_WIDTH.search(text) else text
    return CHINESE_RUN.sub(_digits, folded) if SPELLED.search(folded) else folded


def in_small_letters(folded: str) -> str:
    """Return the same in small letters, place for place."""
    lowered = folded.lower()
    return lowered if len(lowered) == len(folded) else folded  # the small form of some letters is longer


def _digits(run: re.Match[str]) -> str:
    """Spelled digits beside a number that is whole without them are words: 二，一 13800138000."""
    return run[0] if WHOLE.search(run[0]) else run[0].translate(CHINESE_TWINS)
