"""What a page of fifty rows costs the web process: CPU milliseconds, in all and by part."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial, wraps
from typing import Any
from unittest.mock import patch

from django.contrib.admin import AdminSite
from django.db.backends.utils import CursorWrapper
from django.template.base import Template
from django.template.response import TemplateResponse
from django.test import Client

from benchmarks.seeded import at_desk, branch, handler, head, seeded
from benchmarks.table import show
from complaints.desk import queue
from sqm_site.pagination import KeysetPagination

TIMES = 20
LISTS = {"desk/_rows.html", "desk/_watch_rows.html", "desk/_loads.html"}
ROWS, FRAME, REST = "rows drawn", "frame drawn", "the rest"
# part -> what it is spent in; what one calls of another counts for the other
PLACES: dict[str, tuple[Any, str]] = {
    "tabs counted": (queue, "counted"),
    "page read": (KeysetPagination, "paginate_queryset"),
    "frame asked": (AdminSite, "each_context"),
    "driver": (CursorWrapper, "execute"),
}
PARTS = (*PLACES, ROWS, FRAME, REST)


def run() -> None:
    cases = seeded().cases
    show(f"CPU ms of a page, {cases:,} cases", ("", "in all", *PARTS), *(measured(*one) for one in requests()))


def requests() -> tuple[tuple[str, Client, str], ...]:
    """What it is called, who asks, the address."""
    chief, lead, worker = at_desk(head()), at_desk(branch()), at_desk(handler())
    return (
        ("queue, mine", worker, "/desk/?tab=mine"),
        ("queue, all, of all", chief, "/desk/?tab=all"),
        ("queue, all, of a branch", lead, "/desk/?tab=all"),
        ("queue, overdue", chief, "/desk/?tab=overdue"),
        ("queue, unsigned", chief, "/desk/?tab=unsigned"),
        ("list", chief, "/desk/cases/"),
        ("list, searched", chief, "/desk/cases/?q=信用卡"),
        ("team", chief, "/desk/team/"),
        ("behind a number", chief, "/quality/cases/?kpi=complaint_volume"),
    )


def measured(name: str, client: Client, address: str) -> list[object]:
    """Median of all, then the mean of each part."""
    median, ask, shares = cpu(client, address), partial(client.get, address), Shares()
    with shares.watching():
        for _ in range(TIMES):
            ask()
    return [name, median, *(shares.spent[part] * 1000 / TIMES for part in PARTS)]


def cpu(client: Client, address: str) -> float:
    """Median of the milliseconds that this process works for it."""
    ask: Callable[[], Any] = partial(client.get, address)
    assert ask().status_code == 200  # the first one reads templates
    ask()
    return statistics.median(milliseconds(ask) for _ in range(TIMES))


def milliseconds(ask: Callable[[], Any]) -> float:
    began = time.process_time()
    ask()
    return (time.process_time() - began) * 1000


def always(part: str, *_args: Any) -> str:
    return part


class Shares:
    """CPU seconds by part."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.open, self.since = [REST], time.process_time()

    def watching(self) -> ExitStack:
        stack = ExitStack()
        for part, (owner, name) in PLACES.items():
            watched = self.around(partial(always, part), getattr(owner, name))
            stack.enter_context(patch.object(owner, name, watched))
        drawn = self.around(partial(always, FRAME), TemplateResponse.rendered_content.fget)  # type: ignore[attr-defined]
        stack.enter_context(patch.object(TemplateResponse, "rendered_content", property(drawn)))
        stack.enter_context(patch.object(Template, "render", self.around(self.part_of, Template.render)))
        self.since = time.process_time()
        return stack

    def part_of(self, template: Template, *_context: Any) -> str:
        return ROWS if template.name in LISTS else self.open[-1]

    def around(self, part_of: Callable[..., str], function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            self.turn()
            self.open.append(part_of(*args))
            try:
                return function(*args, **kwargs)
            finally:
                self.turn()
                self.open.pop()

        return called

    def turn(self) -> None:
        now = time.process_time()
        self.spent[self.open[-1]] += now - self.since
        self.since = now
