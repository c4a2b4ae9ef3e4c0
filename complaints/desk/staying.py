"""流转记录 on the case page: where it lay and how long, read when somebody unfolds it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from complaints.countdown import span, working_words
from complaints.desk.casepage import reached
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx
from complaints.services.staying import OfUnit, Stay, by_unit, stays_of
from complaints.verbs import label_of


@dataclass(frozen=True)
class ShownStay:
    stay: Stay

    @property
    def working(self) -> str:
        return working_words(self.stay.working)

    @property
    def calendar(self) -> str:
        return span(self.stay.calendar)

    @property
    def ended(self) -> str:
        return str(label_of(self.stay.ended_by)) if self.stay.ended_by else ""


@dataclass(frozen=True)
class ShownUnit:
    sums: OfUnit

    @property
    def in_hand(self) -> str:
        return working_words(self.sums.in_hand)

    @property
    def unsigned(self) -> str:
        return working_words(self.sums.unsigned) if self.sums.unsigned else ""


@require_GET
@desk_page
def stays(request: StaffRequest, reference: str) -> HttpResponse:
    case = reached(request, reference)
    found = stays_of(case, at=timezone.now())
    shown: dict[str, Any] = {
        "case": case,
        "stays": [ShownStay(stay) for stay in found],
        "units": [ShownUnit(sums) for sums in by_unit(found)],
    }
    if is_htmx(request):
        return fragment(request, "desk/_stays.html", **shown)
    return framed(request, "desk/stays.html", title=_("Dispatch record"), **shown)
