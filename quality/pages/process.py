"""实时流程看板: where cases stand now, for how long, what comes back, and where it piles up. It draws itself anew."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from complaints.desk.shell import StaffRequest, fragment, framed, is_htmx
from complaints.verbs import label_of
from organization.rights import rights_of
from quality.pages.frame import figure_page, scene_of
from quality.process import LATELY, Console, Step, console

TITLE = gettext_lazy("Process console")
A_DAY = timedelta(days=1)


@figure_page("view_sla_report")
def process(request: StaffRequest) -> HttpResponse:
    scene, way = scene_of(request, timezone.localdate())
    at = timezone.now()
    found = console(request.user, scene.scope, at=at)
    shown: dict[str, Any] = {
        "console": found,
        "at": at,
        "steps": [(step, link(scene.unit, step), lengths(step)) for step in found.steps],
        "units": [(line, scene.link(unit=line.place.code), counts(found, line)) for line in found.units],
        "rework": [(label_of(name), n) for name, n in found.rework],
        "days": LATELY.days,
        "address": request.get_full_path(),
    }
    if is_htmx(request):
        return fragment(request, "quality/_process.html", **shown)
    rights = rights_of(request.user)
    may = {"may_see_team": rights.has("view"), "may_route": rights.has("configure")}
    return framed(request, "quality/process.html", title=TITLE, scene=scene, way=way, **may, **shown)


def link(unit: str, step: Step) -> str:
    """The cases behind a number, where the list of cases can be narrowed to them: of one unit, or of all of them."""
    address = f"{reverse('desk:cases')}?state={step.state}&ordering=next_due_at"
    return f"{address}&unit={unit}" if unit else address


def lengths(step: Step) -> list[str]:
    """In words: of what stands there half, nine in ten, the longest; of what left half, nine in ten; what is usual."""
    return [
        in_words(one) for one in (step.median, step.ninety, step.oldest, step.left_median, step.left_ninety, step.usual)
    ]


def in_words(length: timedelta | None) -> str:
    if length is None:
        return "—"
    if length < A_DAY:
        hours = max(round(length.total_seconds() / 3600), 0)
        return ngettext("{n} hour", "{n} hours", hours).format(n=hours) if hours else _("under an hour")
    return _("{n} days").format(n=f"{length / A_DAY:.1f}")


def counts(found: Console, line: Any) -> list[int]:
    return [line.by_state[str(step.state)] for step in found.steps]
