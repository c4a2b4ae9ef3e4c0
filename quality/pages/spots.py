"""抽查: what was drawn and waits for another team, what was found, and how often, by who told the customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_GET

from complaints.desk.ledgers import Choices, OfCase, chosen, ledger
from complaints.desk.queue import in_sample
from complaints.desk.rows import PagesForPeople
from complaints.desk.shell import StaffRequest, desk_page, may_see_loads
from complaints.models import Case, SpotCheck
from organization.models import User
from organization.rights import rights_of
from organization.scope import across, area
from quality.intervals import wilson
from quality.kpis.base import percent

OPEN, DONE, PEOPLE = "open", "done", "people"
FEW = 5  # checks: below, one case says too much about a person
A_YEAR = timedelta(days=365)
MOST = 200  # people, those checked most often
ROWS = SpotCheck.objects.select_related("case__handling_unit", "round", "settler", "checked_by")
TONES = {SpotCheck.Result.CONFIRMED.value: "good", SpotCheck.Result.DIFFERS.value: "bad"}


class DrawnFirst:
    orderings = ("drawn_at",)


class CheckedLast:
    orderings = ("-checked_at",)


@dataclass(frozen=True)
class Line(OfCase):
    """One round of a case in the sample."""

    check: SpotCheck
    case: Case

    @property
    def tone(self) -> str:
        return TONES.get(self.check.result, "")


@dataclass(frozen=True)
class Rate:
    """What checks of a year found of one person's cases. In percent; no share of so few that one case would speak."""

    person: User
    checks: int
    differs: int

    @property
    def share(self) -> Decimal | None:
        return percent(Decimal(self.differs) / self.checks) if self.checks >= FEW else None

    @property
    def between(self) -> tuple[Decimal, Decimal] | None:
        """95 %, by Wilson."""
        if self.checks < FEW:
            return None
        low, high = wilson(self.differs, self.checks)
        return percent(low), percent(high)


def choices_of(request: StaffRequest) -> Choices:
    """What there is for the reader: who checks comes to what waits, and figures of people are for those above them."""
    choices = [(DONE, pgettext_lazy("spot check", "Checked"))]
    if rights_of(request.user).has("check_spot"):
        choices.insert(0, (OPEN, pgettext_lazy("spot check", "To check")))
    if may_see_loads(request):
        choices.append((PEOPLE, pgettext_lazy("spot check", "By person")))
    return choices


@require_GET
@desk_page
def spot_checks(request: StaffRequest) -> HttpResponse:
    choices, at = choices_of(request), timezone.now()
    which, title = chosen(request, choices), pgettext("navigation", "Spot checks")
    if which == PEOPLE:
        shown = {"lines": rates(request.user, at), "few": FEW}
        return ledger(request, "spot_rates", shown, title=title, choices=choices)
    pages = PagesForPeople()
    waits = which == OPEN
    rows = pages.page(to_check(request.user, at) if waits else found(request.user), request, ORDERS[which])
    lines = [Line(row, row.case) for row in rows]
    return ledger(request, "spots", {"lines": lines, "more": pages.next, "waits": waits}, title=title, choices=choices)


ORDERS: dict[str, Any] = {OPEN: DrawnFirst(), DONE: CheckedLast()}


def to_check(user: User, at: datetime) -> QuerySet[SpotCheck]:
    """Drawn, and the reader's to check."""
    return ROWS.filter(result="", case__in=in_sample(user, at).values("pk"))


def found(user: User) -> QuerySet[SpotCheck]:
    return ROWS.filter(area(user, **across("case"))).exclude(result="")


def rates(user: User, at: datetime) -> list[Rate]:
    """Of a year, in the area whose lateness the reader reads; who was checked most often first. Two statements."""
    within = area(user, verb="view_sla_report", **across("case"))
    checked = SpotCheck.objects.filter(within, checked_at__gt=at - A_YEAR).exclude(result="")
    differs = Count("pk", filter=Q(result=SpotCheck.Result.DIFFERS))
    counted = checked.order_by().values_list("settler").annotate(checks=Count("pk"), differs=differs)
    most = list(counted.order_by("-checks", "settler")[:MOST])
    people = User.objects.in_bulk([settler for settler, *_counts in most])
    return [Rate(people[settler], *counts) for settler, *counts in most]
