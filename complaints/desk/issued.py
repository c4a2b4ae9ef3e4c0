"""The letters of a case, as its page lists them: read with the case, for a page has no statement to spare."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject

from complaints.letters import number_of
from complaints.models import Letter
from organization.models import Unit

COLUMNS = ("id", "kind", "year", "number", "at")
SHOWN = JSONObject(**{name: name for name in COLUMNS}, who=F("by__display_name"), where=F("unit__code"))
ISSUED = ArraySubquery(Letter.objects.filter(case=OuterRef("pk")).order_by("-pk").values(shown=SHOWN))


@dataclass(frozen=True)
class Issued:
    """One line of the list, the newest first. number: 文号"""

    row: Letter
    number: str
    who: str


def letters_of(case: Any) -> list[Issued]:
    """case  with `issued`, by ISSUED"""
    return [issued(facts) for facts in case.issued]


def issued(facts: dict[str, Any]) -> Issued:
    row = Letter(
        pk=facts["id"],
        kind=facts["kind"],
        year=facts["year"],
        number=facts["number"],
        at=datetime.fromisoformat(facts["at"]),
        unit=Unit(code=facts["where"]),
    )
    return Issued(row, number_of(row), facts["who"])
