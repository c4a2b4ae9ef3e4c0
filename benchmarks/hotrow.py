"""The hot row: how much of the write-ahead log one verb costs that moves a deadline of a case with long words."""

import statistics
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from benchmarks.messages import message, sender
from benchmarks.table import show
from complaints.api.intake import FeedbackInput, incoming
from complaints.models import Case
from complaints.services.intake import take_in
from complaints.verbs import contacting, ownership
from organization.models import User

CASES = 500
WORDS = "".join(chr(0x4E00 + number * 7 % 6_000) for number in range(801))  # 800 pairs of characters
# What a verb writes into the row of its case when a deadline moves.
MOVED = """
UPDATE complaints_case SET next_due_at = next_due_at + interval '1 minute', version = version + 1,
    event_count = event_count + 1, last_hash = md5(last_hash) || md5(last_hash) WHERE id = %s"""


def run() -> None:
    at, system = timezone.now(), User.system()
    cases = []
    for _ in range(CASES):
        case = take_in(incoming(FeedbackInput.read(message() | {"text": WORDS}), sender()[0], at=at), at=at).case
        assert case is not None
        ownership.start(case.reference, actor=system)
        cases.append(case)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    list(updates(cases))  # the first change of a page after a checkpoint writes the whole page: it is not counted
    row = [wal for _ in range(2) for wal in updates(cases)]
    list(verbs(cases[: CASES // 2], system))
    whole = list(verbs(cases[CASES // 2 :], system))
    show(
        "Write-ahead log, in bytes",
        ("", "times", "median", "90th of 100"),
        ("UPDATE of the case row", len(row), int(statistics.median(row)), percentile(row)),
        ("ask_customer, all its rows", len(whole), int(statistics.median(whole)), percentile(whole)),
    )


def updates(cases: list[Case]) -> Iterator[int]:
    """Bytes of the statement alone; the transaction stays open until all is done."""
    with transaction.atomic(), connection.cursor() as cursor:
        for case in cases:
            before = written(cursor)
            cursor.execute(MOVED, [case.pk])
            yield written(cursor) - before


def verbs(cases: list[Case], system: User) -> Iterator[int]:
    for case in cases:
        with connection.cursor() as cursor:
            before = written(cursor)
            contacting.ask_customer(case.reference, actor=system, method="PHONE", text="请提供流水。")
            yield written(cursor) - before


def written(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    return int(cursor.fetchone()[0])


def percentile(values: list[int]) -> int:
    return sorted(values)[len(values) * 9 // 10]
