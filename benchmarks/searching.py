"""What a search costs, by how many texts the words stand in, for whoever reads everything, a branch, one unit."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.seeded import at_desk, branch, handler, head, seeded
from benchmarks.table import show
from complaints.desk.searching import search
from complaints.models import Case, CaseWords
from complaints.models.words import COUNTED, count_words
from organization.models import User

TIMES = 20
PLACES = (0, 20, 200, 600, 2_000, 4_000)  # of the words by how many texts they stand in


def run() -> None:
    cases = seeded().cases
    COUNTED.forget()
    wanted, people = words(), (("all", head()), ("a branch", branch()), ("a unit", handler()))
    rows = [
        (f"{what}: {word}, {who}", *measured(at_desk(person), word))
        for what, word in wanted.items()
        for who, person in people
    ]
    show(f"Search, {cases:,} cases", ("", "rows", "buffers", "median ms", "p95 ms"), *rows)
    recalls = [(f"{what}: {word}", recall(head(), word)) for what, word in wanted.items()]
    show("Recall of what is not left out", ("", "found"), *recalls)


def words() -> dict[str, str]:
    """Of two characters where nothing else is said, from the commonest on; by what is said of each."""
    counted = {word: many for word, many in count_words().items() if len(word) == 2 and not word.isascii()}
    falling = sorted(counted, key=lambda word: -counted[word])
    chosen = [falling[min(place, len(falling) - 1)] for place in PLACES]
    return {f"in {counted[word]:,.0f} texts": word for word in chosen} | {
        "one character": "卡",
        "in no text": "龘",
        "both common": f"{chosen[0]} {chosen[1]}",
        "common and rare": f"{chosen[0]} {chosen[-1]}",
    }


def measured(client: Client, word: str) -> tuple[int, int, float, float]:
    ask: Callable[[], Any] = partial(client.get, "/desk/cases/", {"q": word})
    with CaptureQueriesContext(connection) as statements:
        page = ask()
    buffers = sum(buffers_of(row["sql"]) for row in statements if "complaints_case" in row["sql"])
    took = sorted(milliseconds(ask) for _ in range(TIMES))
    return page.content.count(b"<tr data-row>"), buffers, took[TIMES // 2], took[TIMES * 95 // 100]


def buffers_of(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def milliseconds(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def recall(user: User, typed: str) -> float:
    """Of the cases in whose texts each word stands, as a scan of them all says, the share that is found."""
    found = search(user, Case.objects.all(), typed, by="words")
    fitting = Case.objects.visible_to(user)
    if found.since is not None:
        fitting = fitting.filter(received_at__gte=found.since)
    for word in typed.split():
        fitting = fitting.filter(
            pk__in=set(CaseWords.objects.filter(text__contains=word).values_list("case", flat=True))
        )
    expected, got = set(fitting.values_list("pk", flat=True)), set(found.rows.values_list("pk", flat=True))
    return len(expected & got) / len(expected) if expected else 1.0
