"""What waits for the reader's plan: which rungs reached them on a case, and what a colleague put to them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from complaints.desk.watching import WatchRow
from complaints.models import CaseText, Escalation
from complaints.services.pressing import escalations_for, firings_for
from organization.models import User


@dataclass(frozen=True)
class Put:
    """One thing that was put to the reader. kind: of the rung; by: the colleague who escalated, and their words."""

    at: datetime
    kind: Any = ""
    clock: Any = ""
    by: User | None = None
    words: str = ""


@dataclass(frozen=True)
class Plan:
    """What a row asks for: everything that was put to the reader, and the day a plan may begin with."""

    put: list[Put]
    today: str
    tomorrow: str


def with_plans(rows: Sequence[WatchRow], user: User) -> list[WatchRow]:
    """The rows, each with what waits on it. Three statements for all of them."""
    put: dict[int, list[Put]] = defaultdict(list)
    keys = [row.case.pk for row in rows]
    fired = firings_for(user).filter(case__in=keys).select_related("clock")
    for firing in fired.defer("clock__provenance").order_by("fired_at", "pk"):
        kind, clock = firing.get_kind_display(), firing.clock.get_kind_display()
        put[firing.case_id].append(Put(firing.fired_at, kind=kind, clock=clock))
    asked = list(escalations_for(user).filter(case__in=keys).select_related("by").order_by("pk"))
    said = words_of(asked)
    for row in asked:
        words = said.get((row.case_id, row.event_sequence), "")
        put[row.case_id].append(Put(row.at, by=row.by, words=words))
    today = timezone.localdate()
    days = {"today": f"{today}", "tomorrow": f"{today + timedelta(days=1)}"}
    return [replace(row, plan=Plan(put[row.case.pk], **days)) for row in rows]


def words_of(rows: Sequence[Escalation]) -> dict[tuple[int, int], str]:
    sequences = {row.event_sequence for row in rows}
    texts = CaseText.objects.filter(case__in={row.case_id for row in rows}, event_sequence__in=sequences, kind="reason")
    return {(text.case_id, text.event_sequence): text.text for text in texts}
