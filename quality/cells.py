"""The roll-up: what changed in the cases goes into the cells as differences; a rebuild counts anew by the same SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db import connection, transaction

from complaints.models import Unread
from complaints.services.readers import leave_unread, unread_by
from quality import stays, swapping
from quality.facts import COLUMNS, FACT, selecting
from quality.measures import COUNTED, COUNTED_BY, DAYS, DIMENSIONS, MEASURES
from quality.models import Cell
from sqm_site.sweeping import sweep

NAME = "refresh touched cells"
READER = "quality.cells"
# Any number, the same in every process: whoever holds it is the one writer of cells. Two at once would wait for each
# other anyway, since every batch adds to today's cells.
LOCK = 7_362_001
CELL = Cell._meta.db_table
FACTS = ", ".join(COLUMNS)
SUMS = ", ".join(MEASURES)
KEY = "unit_id, grouping, period, starts_on, dimension, legal_entity_id"


@dataclass(frozen=True)
class Refreshed:
    """events: rows of the log that were read; cases: how many they belong to."""

    events: int = 0
    cases: int = 0


def refresh_all(limit: int = 2_000, most: int = 50) -> Refreshed:
    """Work off what is unread, in at most `most` batches of `limit` events, each in a transaction of its own."""
    done = sweep(
        NAME,
        islice(unread_by(READER, limit), most),
        work=refresh_read,
        isolate=lambda unread_id, _error: leave_unread(unread_id),
    )
    return Refreshed(**done)


def refresh(limit: int = 2_000) -> Refreshed:
    """Work off at most `limit` unread events. Zero when nothing is unread or another process is at it."""
    return Refreshed(**refresh_read(next(unread_by(READER, limit), [])))


@transaction.atomic
def refresh_read(unread_ids: Sequence[int]) -> dict[str, int]:
    """Bring cells and stays up to these events, in four statements whatever the history.

    An event that is committed while this runs keeps its row and is read by the next call.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(CLAIM, [list(unread_ids)])
        read = [case_id for (case_id,) in cursor.fetchall()]
        cases = sorted(set(read))
        if cases:
            cursor.execute(REFRESH, {"cases": cases})
            cursor.execute(stays.REFRESH, {"cases": cases})
    return {"events": len(read), "cases": len(cases)}


@transaction.atomic
def rebuild(since: date | None = None) -> None:
    """Count the facts of all cases anew, then the cells from the month of `since` on (None: all).

    Readers see the old figures until it is done, also when it is broken off. What happens to a case meanwhile stays
    unread, and the next refresh adds it; a second rebuild waits for the first. Raises NotSwapped.
    """
    since = (since or date.min).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0; SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL parallel_tuple_cost = 0.005")  # a twentieth: several processes are worth it
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    swapping.fill(FACT, selecting())
    swapping.fill(CELL, REBUILD, {"since": since})
    swapping.fill(stays.STAY, stays.selecting())
    swapping.swap(FACT, CELL, stays.STAY)


CLAIM = f"""
DELETE FROM {Unread._meta.db_table} WHERE id IN (
    SELECT id FROM {Unread._meta.db_table} WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED)
RETURNING case_id"""


def counting(source: str, where: str = "") -> str:
    """What the facts of `source` add to the cells: a relation with the columns of CaseFact and a `sign`, 1 or -1.

    Three parts of a WITH, of which the last, `added`, has the columns of KEY and SUMS.
    """
    sums = ", ".join(
        f"COALESCE(sum(sign) FILTER (WHERE day.number = {DAYS.index(measure.day)} AND {measure.sql}), 0)::int AS {name}"
        for name, measure in MEASURES.items()
    )
    days = ", ".join(f"({number}, {day})" for number, day in enumerate(DAYS))
    columns = ", ".join(f"{column} AS {name}" for name, column in DIMENSIONS.items())
    # '' is a value, such as no owner. Whether a grouping keeps a dimension says GROUPING, which is 0 then.
    kept = {one: f"WHEN kept_{one} = 0 THEN" for one in DIMENSIONS}
    return f"""
counted AS (
    SELECT legal_entity_id, unit_id, day.starts_on, {", ".join(DIMENSIONS)},
        {", ".join(f"GROUPING({one}) AS kept_{one}" for one in DIMENSIONS)}, {sums}
    FROM (SELECT legal_entity_id, unit_id, {columns}, sign, {", ".join(COUNTED_BY)}, {", ".join(DAYS)}
          FROM {source} AS source WHERE nature = '{COUNTED.value}') AS fact
    CROSS JOIN LATERAL (VALUES {days}) AS day(number, starts_on)
    WHERE day.starts_on IS NOT NULL {where}
    GROUP BY legal_entity_id, unit_id, day.starts_on, GROUPING SETS ((), {", ".join(f"({one})" for one in DIMENSIONS)})
),
daily AS (
    SELECT legal_entity_id, unit_id, starts_on,
        CASE {" ".join(f"{when} 'unit+{one}'" for one, when in kept.items())} ELSE 'unit' END AS grouping,
        CASE {" ".join(f"{when} COALESCE({one}::text, '')" for one, when in kept.items())} ELSE '' END AS dimension,
        {SUMS}
    FROM counted WHERE ({SUMS}) <> ({", ".join("0" for _ in MEASURES)})
),
added AS (
    SELECT unit_id, grouping, 'day' AS period, starts_on, dimension, legal_entity_id, {SUMS} FROM daily
    UNION ALL
    SELECT unit_id, grouping, 'month', date_trunc('month', starts_on)::date, dimension, legal_entity_id,
        {", ".join(f"sum({name})" for name in MEASURES)}
    FROM daily GROUP BY 1, 2, 3, 4, 5, 6
)"""


REFRESH = f"""
WITH fresh AS MATERIALIZED ({selecting("= ANY(%(cases)s)")}),
known AS (SELECT {FACTS} FROM {FACT} WHERE case_id = ANY(%(cases)s)),
changed AS (
    SELECT 1 AS sign, * FROM (SELECT * FROM fresh EXCEPT SELECT * FROM known) AS new
    UNION ALL
    SELECT -1, * FROM (SELECT * FROM known EXCEPT SELECT * FROM fresh) AS gone
),
kept AS (
    INSERT INTO {FACT} ({FACTS}) SELECT {FACTS} FROM changed WHERE sign = 1
    ON CONFLICT (case_id, round, offer) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)}
),
{counting("changed")}
INSERT INTO {CELL} ({KEY}, {SUMS}) SELECT {KEY}, {SUMS} FROM added ORDER BY {KEY}
ON CONFLICT ({KEY}) DO UPDATE SET {", ".join(f"{name} = {CELL}.{name} + EXCLUDED.{name}" for name in MEASURES)}"""

REBUILD = f"""
WITH every AS (SELECT 1 AS sign, * FROM {swapping.beside(FACT)}),
{counting("every", "AND day.starts_on >= %(since)s")}
SELECT {KEY}, {SUMS} FROM added
UNION ALL SELECT {KEY}, {SUMS} FROM {CELL} WHERE starts_on < %(since)s
ORDER BY {KEY}"""
