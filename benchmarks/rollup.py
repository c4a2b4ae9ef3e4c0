"""The roll-up: 1,000 changed cases, a full rebuild, and the pages that read the cells.

    make bench ARGS=rollup              # 20,000 cases
    CASES=1000000 make bench ARGS=rollup

The goals are those of a million cases: 1,000 changed cases within 2 s, a rebuild within 30 s, pages at p95 <= 300 ms.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.table import show
from complaints.models import Case, CaseEvent, Round, Unread
from complaints.services.importing import Finished, lay_down
from organization.models import BusinessLine, Role, Unit, User
from organization.services import create_unit, create_user
from quality import cells
from quality.models import CaseFact, Cell

CASES = int(os.environ.get("CASES", "20000"))
CHANGED = 1_000
BRANCHES, SUB_BRANCHES, PEOPLE, YEAR = 10, 10, 3, 365
CHANNELS = ("phone", "wechat", "app", "web")
WORDS = ("satisfied", "satisfied", "satisfied", "no_objection", "dissatisfied", "not_obtained")
PAGES = (
    "/quality/dashboard/?period=30d",
    "/quality/dashboard/?period=12m",
    "/quality/sla-report/?period=12m",
    "/quality/cases/?kpi=satisfaction&part=rest",
    "/api/v1/kpis/satisfaction/?interval=month&by=unit,channel",
)
TIMES = 20


def run() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    at, chance = timezone.now(), random.Random("rollup")
    workers = institution(at)
    laid = timed(lambda: lay_down(history(workers, at, chance, CASES), actor=User.system(), at=at))
    Unread.objects.filter(reader="seal").delete()
    Unread.objects.filter(reader=cells.READER).delete()
    rebuilt = timed(cells.rebuild)
    touch(chance)
    changed = timed(lambda: cells.refresh(CHANGED))
    show(
        f"Roll-up of {CaseFact.objects.count():,} rounds into {Cell.objects.count():,} cells",
        ["", "seconds", "goal"],
        [f"{CASES:,} cases laid down", laid, ""],
        ["rebuild", rebuilt, "30"],
        [f"{CHANGED:,} changed cases", changed, "2"],
    )
    show("Pages of the head office", ["", "statements", "p95 ms", "goal ms"], *[[*seen(page), "300"] for page in PAGES])


def institution(at: datetime) -> dict[Unit, list[User]]:
    """A head office with branches and their sub-branches, and who works where."""
    workers = {}
    root = Unit.objects.get(code="HQ")
    for one in range(BRANCHES):
        above = create_unit(f"R{one}", name=f"分行{one}", kind=Unit.Kind.BRANCH, parent=root)
        for two in range(SUB_BRANCHES):
            unit = create_unit(f"R{one}-{two}", name=f"支行{one}-{two}", kind=Unit.Kind.SUB_BRANCH, parent=above)
            workers[unit] = User.objects.bulk_create(
                User(
                    username=f"r{one}-{two}-{number}",
                    display_name=f"经办{one}-{two}-{number}",
                    legal_entity_id=root.legal_entity_id,
                )
                for number in range(PEOPLE)
            )
    create_user("rollup", role=Role.SUPERVISOR, unit=root, at=at)
    User.objects.filter(username="rollup").update(must_change_password=False)
    return workers


def history(workers: dict[Unit, list[User]], at: datetime, chance: random.Random, cases: int) -> Iterator[Finished]:
    """So many finished complaints of a year."""
    lines, units = list(BusinessLine.objects.all()), list(workers)
    for _ in range(cases):
        unit = chance.choice(units)
        received_at = at - timedelta(days=chance.uniform(20, YEAR))
        notified_at = min(received_at + timedelta(days=chance.lognormvariate(1.8, 0.6)), at - timedelta(hours=6))
        satisfaction = chance.choice(WORDS)
        yield Finished(
            unit=unit,
            owner=chance.choice(workers[unit]),
            channel=chance.choice(CHANNELS),
            business_line=chance.choice(lines),
            subject="年费争议",
            received_at=received_at,
            notified_at=notified_at,
            closed_at=notified_at + timedelta(hours=5),
            facts={"satisfaction": satisfaction, "accepted": satisfaction != "dissatisfied", "close_reason": "DECIDED"},
        )


def touch(chance: random.Random) -> None:
    """Change the answer of some cases, as their events would say."""
    ids = chance.sample(list(Case.objects.values_list("pk", flat=True)), CHANGED)
    Round.objects.filter(case_id__in=ids).update(satisfaction=chance.choice(WORDS), accepted=None)
    events = CaseEvent.objects.filter(case_id__in=ids).values_list("case_id", "sequence")
    Unread.objects.bulk_create(Unread(case_id=case, sequence=number, reader=cells.READER) for case, number in events)


def seen(page: str) -> tuple[str, int, float]:
    """The address, the number of statements, and the p95 in milliseconds."""
    browser = Client()
    browser.force_login(User.objects.get(username="rollup"), backend=settings.AUTHENTICATION_BACKENDS[1])
    with CaptureQueriesContext(connection) as statements:
        assert browser.get(page).status_code == 200, page
    count = len(statements)  # the next request forgets them
    times = sorted(timed(lambda: browser.get(page)) for _ in range(TIMES))
    return page, count, times[int(TIMES * 0.95) - 1] * 1000


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
