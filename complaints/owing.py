"""Rows that hang on a case and wait for somebody: redress, promises, tasks; and rulings. Read when asked for."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from complaints.models import Case, Countersignature, Decision, Liability, Promise, Redress, Task
from complaints.shares import ANSWERING


class Owing:
    """A part of the dossier. Where a page has read that a case has none of a kind, it is not asked for again."""

    case: Case

    @property
    def tellings(self) -> Sequence[Any]:
        raise NotImplementedError

    @property
    def draft(self) -> Decision | None:
        raise NotImplementedError

    @cached_property
    def redress(self) -> list[Redress]:
        """减免补偿: what the customer was promised to be given, oldest first."""
        if not getattr(self.case, "redressed", True):
            return []
        return list(self.case.redress.select_related("cost_unit", "by", "paid_by").order_by("pk"))

    @cached_property
    def promises(self) -> list[Promise]:
        """承诺: what the customer was told would be done by a day, oldest first."""
        if not getattr(self.case, "promised", True):
            return []
        return list(self.case.promises.select_related("by", "recorded_by").order_by("pk"))

    @cached_property
    def tasks(self) -> list[Task]:
        """协办: what others were asked, oldest first."""
        if not getattr(self.case, "asked", True):
            return []
        people = ("to", "by", "accepted_by", "answered_by")
        return list(self.case.tasks.select_related("unit", "partner", *people).order_by("number"))

    @cached_property
    def countersignatures(self) -> list[Countersignature]:
        """会签: the units that are to give an opinion on the draft on the table, in the order of asking."""
        if self.draft is None:
            return []
        rows = self.case.countersignatures.filter(draft=self.draft.event_sequence)
        return list(rows.select_related("unit", "by").order_by("turn", "pk"))

    @cached_property
    def liabilities(self) -> list[Liability]:
        """责任认定: the rulings on what the customer was told, oldest first."""
        if not self.tellings or not getattr(self.case, "ruled_on", True):
            return []
        return list(self.case.liabilities.select_related("by").annotate(answering=ANSWERING).order_by("pk"))
