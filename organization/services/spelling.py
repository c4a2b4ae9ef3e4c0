"""Keeping how names are typed: those that are new are spelled, those that nobody has any more go."""

import json
import subprocess
import sys
from collections.abc import Collection, Iterable

from django.conf import settings
from django.db.models import Q

from organization.models import Spelling, Team, Unit, User

TIMEOUT = 60  # seconds for the names of a whole institution; 1,000 take 0.3


def names_of_people() -> set[str]:
    """The names of units, teams and people: whatever is chosen by name."""
    people = User.objects.filter(is_active=True, is_service=False).values_list("display_name", flat=True)
    return {*Unit.objects.values_list("name", flat=True), *Team.objects.values_list("name", flat=True), *people}


def keep_spellings(wanted: Collection[str]) -> int:
    """Make the table hold exactly these names; gives how many were new."""
    known = set(Spelling.objects.values_list("name", flat=True))
    new = sorted(name for name in set(wanted) - known if name)
    Spelling.objects.filter(name__in=known - set(wanted)).delete()
    Spelling.objects.bulk_create(spelled(new), ignore_conflicts=True)
    return len(new)


def spelled(names: list[str]) -> Iterable[Spelling]:
    """Read the names aloud, in a process that ends at once."""
    if not names:
        return
    ran = subprocess.run(
        [sys.executable, "-m", "organization.pinyin"],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        timeout=TIMEOUT,
        check=True,
    )
    for name, syllables in zip(names, json.loads(ran.stdout), strict=True):
        parts = syllables.split()
        initials = "".join(part if part.isdigit() else part[0] for part in parts)
        yield Spelling(name=name, syllables=syllables, initials=initials, whole="".join(parts))


def named(typed: str, column: str = "name") -> Q:
    """The condition on rows with a name in `column` that it holds what was typed, or is typed so in pinyin."""
    heard = "".join(typed.lower().split())
    wanted = Q(**{f"{column}__icontains": typed})
    if not heard.isascii() or not heard.isalnum():
        return wanted
    like = Spelling.objects.filter(Q(initials__contains=heard) | Q(whole__contains=heard))
    return wanted | Q(**{f"{column}__in": like.values("name")})
