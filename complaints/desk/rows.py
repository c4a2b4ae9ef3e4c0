"""Lists of cases: what a row shows, and pages of them by keyset."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from complaints.countdown import moment
from complaints.desk.marking import Excerpt, marked
from complaints.desk.timeleft import TimeLeft, of_cases
from complaints.desk.tones import LEVEL_TONES, STATE_TONES
from complaints.models import Case, Level, State
from complaints.reading import InArea
from complaints.services.taxonomy import CATEGORY_B, label
from feedback.channels import channel_label
from sqm_site.errors import Invalid
from sqm_site.pagination import KeysetPagination, KeysFirst

SHOWN = (
    "reference", "kind", "subject", "state", "nature", "level", "urgent", "round", "channel", "category",
    "received_at", "next_due_at", "version", "chased_at", "pressed_at", "unanswered_since", "owner__display_name",
    "offered_to__display_name", "handling_unit__name", "customer__name_masked",
)  # fmt: skip


class PagesForPeople(KeysetPagination):
    """A cursor that does not fit starts the list again."""

    def page(self, rows: QuerySet[Any], request: HttpRequest, view: Any) -> list[Any]:
        try:
            return self.paginate_queryset(rows, Request(request), view=view)
        except Invalid:
            bare = copy(request)
            bare.GET = QueryDict()
            return self.paginate_queryset(rows, Request(bare), view=view)


class CasePages(PagesForPeople):
    """Pages of cases for people."""


class CaseKeys(KeysFirst, CasePages):
    """Pages of cases of which there may be many more: names and customers are looked up for the page alone."""


class Unanswered:
    orderings = ("next_due_at",)


class Answered:
    orderings = ("next_due_at",)


class WroteFirst(CasePages):
    """Those whose customer has written and waits come first; both parts by the next deadline.

    Two lists, one after the other, each with a cursor of its own: an order over both would have no index.
    """

    def page(self, rows: QuerySet[Any], request: HttpRequest, view: Any) -> list[Any]:
        answered: Any = Answered()
        waiting, others = rows.filter(unanswered_since__isnull=False), rows.filter(unanswered_since=None)
        if "cursor" in request.GET:
            try:
                return self.paginate_queryset(others, Request(request), view=answered)
            except Invalid:
                pass  # it stands among those who wait, or belongs to no list of ours
        found = super().page(waiting, request, Unanswered())
        if self.next is None:
            found += super().page(others, from_its_start(request), answered)
        return found


def from_its_start(request: HttpRequest) -> HttpRequest:
    bare = copy(request)
    query = request.GET.copy()
    query.pop("cursor", None)
    bare.GET = query  # type: ignore[assignment]
    return bare


class AreaPages(InArea, CasePages):
    """Pages of all cases in somebody's area."""


ANY = "C000000-0000000-9"  # a reference, in whose place others are put


@cache
def address_of_any() -> str:
    return reverse("desk:case", args=[ANY])


@dataclass(frozen=True)
class Row:
    """One case as a list shows it, in words: fifty rows are drawn at once, and each look-up of a template costs."""

    case: Case
    left: TimeLeft
    words: tuple[str, ...] = ()  # that were searched for
    said: Excerpt | None = None  # where they stand in its texts

    @property
    def link(self) -> str:
        """The page of the case; its verbs stand below it."""
        return address_of_any().replace(ANY, self.case.reference)

    @property
    def title(self) -> str:
        return marked(self.case.subject, self.words) or _("(no text)")

    @property
    def badges(self) -> list[tuple[str, Any]]:
        """What makes it press: tone and words."""
        case, found = self.case, list[tuple[str, Any]]()
        if case.unanswered_since is not None and case.is_open:
            found.append(("calm", "● " + _("customer wrote")))
        if case.kind == Case.Kind.REVIEW:
            found.append(("warn", Case.Kind.REVIEW.label))
        if case.level in LEVEL_TONES:
            found.append((LEVEL_TONES[case.level], Level(case.level).label))
        if case.pressed_at:
            found.append(("bad", _("chased often")))
        if case.urgent:
            found.append(("bad", _("Urgent")))
        return found

    @property
    def facts(self) -> str:
        """What stands behind the reference."""
        case = self.case
        known = (
            self.channel,
            case.customer and case.customer.name_masked,
            case.category and label(CATEGORY_B, case.category),
            case.round > 1 and _("round %(round)s") % {"round": case.round},
            case.chased_at and _("chased"),
        )
        return " · ".join(str(one) for one in known if one)

    @property
    def channel(self) -> Any:
        return channel_label(self.case.channel)

    @property
    def state(self) -> Any:
        return State(self.case.state).label

    @property
    def state_tone(self) -> str:
        return STATE_TONES.get(self.case.state, "")

    @property
    def received(self) -> str:
        return moment(self.case.received_at)


def listed(rows: QuerySet[Case]) -> QuerySet[Case]:
    """The columns of a row, in one statement."""
    people = ("owner", "offered_to", "handling_unit", "customer")
    return rows.select_related(*people).only(*SHOWN)


def as_rows(
    cases: Iterable[Case], at: datetime, *, said: Mapping[int, Excerpt] | None = None, words: Iterable[str] = ()
) -> list[Row]:
    """said  by case, where the words that were searched for stand"""
    shown, said, words = list(cases), said or {}, tuple(words)
    return [Row(case, left, words, said.get(case.pk)) for case, left in zip(shown, of_cases(shown, at), strict=True)]


def of_one_unit(rows: Sequence[Row], more: str | None) -> bool:
    """Whether a list names its handling unit in no column: it is the same in all rows, and no others follow."""
    return not more and len({row.case.handling_unit_id for row in rows}) == 1
