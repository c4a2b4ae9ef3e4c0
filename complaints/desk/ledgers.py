"""台账 of what hangs on cases: transfers, redress, promises, tasks, each with a choice of which are shown."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse

from complaints.desk.shell import StaffRequest, fragment, framed, is_htmx
from complaints.desk.tones import STATE_TONES
from complaints.models import Case

Choices = Sequence[tuple[str, Any]]


class DueFirst:
    """By the next deadline of the case."""

    orderings = ("next_due_at",)


class NewestFirst:
    """The case that came in last first."""

    orderings = ("-received_at",)


class OfCase:
    """A line with its case."""

    case: Case

    @property
    def state_tone(self) -> str:
        return STATE_TONES.get(self.case.state, "")


def chosen(request: StaffRequest, choices: Choices) -> str:
    """Which are shown; the first of the choices unless another one is asked for."""
    which = request.GET.get("which", "")
    return which if which in dict(choices) else choices[0][0]


def ledger(
    request: StaffRequest, name: str, lines: dict[str, Any], *, title: Any, choices: Choices, **more: Any
) -> HttpResponse:
    """The page `desk/NAME.html`, or its further rows. lines: what the template of the rows asks for"""
    rows, which = f"desk/_{name}.html", chosen(request, choices)
    if is_htmx(request):
        return fragment(request, rows, **lines)
    page = {"narrowed": which != choices[0][0], **more}
    shown = [(value, words, value == which) for value, words in choices]
    return framed(request, f"desk/{name}.html", title=title, which=shown, rows=rows, **page, **lines)
