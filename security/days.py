"""Days as people write them, and the birthdays among them."""

import re
from collections.abc import Iterator

Span = tuple[int, int, str]  # start, end, key of TOKENS

DAY = (
    r"(?:(?:19|20)[0-9]{2}\s?[\-/.年,]\s?[0-9]{1,2}\s?[\-/.月,]\s?[0-9]{1,2}日?|(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]"
    r"|(?:19|20)?[0-9]{2}年[0-9]{1,2}月(?:[0-9]{1,2}[日号])?|[0-9]{1,2}月[0-9]{1,2}[日号]|[0-9]{1,2}/[0-9]{1,2}/(?:19|20)[0-9]{2}"
    r"|[零〇一二三四五六七八九]{2,4}年[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}[日号])?"
    r"|[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[日号])"
)
LABEL = re.compile("生日|出生|生于|日生|birthday|date of birth|dob|born")
NO_BIRTH = re.compile("[效产成活意动气]")  # 3月2日生效
AFTER = re.compile(rf"(?:[是为在于:：=\s“\"（(]|日期|年月日?|时间|is|on|was){{0,5}}(?P<value>{DAY})(?![0-9])")
BEFORE = re.compile(
    rf"(?<![0-9])(?P<value>{DAY})[\s，,”\"]{{0,2}}(?:的|[（(]|[是为](?:我|他|她|本人|客户|孩子|老人)?的?)?$"
)
REACH = 24  # characters that a day and what links it to the word after it may take


def birthdays(folded: str, lowered: str) -> Iterator[Span]:
    """Days that a word beside them calls somebody's birthday; days of transactions stay."""
    for label in LABEL.finditer(lowered):
        found = AFTER.match(folded, label.end())
        if found is None and not NO_BIRTH.match(folded, label.end()):
            found = BEFORE.search(folded, max(label.start() - REACH, 0), label.start())
        if found is not None:
            yield *found.span("value"), "birthday"
