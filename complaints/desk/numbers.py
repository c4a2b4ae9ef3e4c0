"""The number of a case as people say it: whole, its beginning, or the seven digits in the middle."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Q

from complaints.services.reference import check_digit

# The middle is what customers read out: the days that may stand before it are tried one by one, by the index.
DAYS_BACK = 400
FRONT = re.compile(r"C?(\d{6})(?:-?(\d{1,7}))?(?:-?(\d))?", re.ASCII)
MIDDLE = re.compile(r"(\d{7})(?:-?(\d))?", re.ASCII)


def numbered(words: str, today: date) -> Q:
    """The cases whose reference is, begins with or holds what was typed; nothing where it is no part of one."""
    spelled = words.upper().replace(" ", "")
    wanted = Q()
    if front := FRONT.fullmatch(spelled):
        wanted |= beginning(front[1], front[2] or "", front[3] or "")
    if middle := MIDDLE.fullmatch(spelled):
        wanted |= Q(reference__in=list(on_every_day(middle[1], today)))
    return wanted


def beginning(day: str, digits: str, check: str) -> Q:
    try:
        datetime.strptime(day, "%y%m%d")  # noqa: DTZ007  a day, no moment
    except ValueError:
        return Q()
    return Q(reference__startswith=f"C{day}-{digits}" + (f"-{check}" if check else ""))


def on_every_day(digits: str, today: date) -> Iterator[str]:
    for back in range(DAYS_BACK):
        day = f"{today - timedelta(days=back):%y%m%d}"
        yield f"C{day}-{digits}-{check_digit(day + digits)}"
