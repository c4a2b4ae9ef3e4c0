"""Each KPI counted anew in plain SQL, by month, from the log: independent of rounds, facts, cells and measures."""

from datetime import date

from django.conf import settings
from django.db import connection

# Rounds of complaints that were told, each with the moment and the customer's last word on it.
TOLD = """
told AS (
    SELECT e.case_id, e.round, COALESCE(e.details->>'late' = 'true', FALSE) AS late, moment.told_at,
        e.verb = 'settle' OR COALESCE((e.details#>>'{rounds,1,settled}')::boolean, FALSE) AS settled,
        CASE WHEN COALESCE(e.details->>'late' = 'true', FALSE) AND NOT EXISTS (
            SELECT FROM complaints_caseevent agreed WHERE agreed.case_id = e.case_id
                AND agreed.verb = 'confirm_late_entry' AND (agreed.details->>'entry')::int = e.sequence)
        THEN e.at ELSE moment.told_at END AS entered_at,
        (SELECT checked.at FROM complaints_caseevent checked WHERE checked.case_id = e.case_id
            AND checked.verb = 'check_spot' AND (checked.details->>'turn')::int = e.round
            AND checked.details->>'was_told' = 'false') AS denied_at
    FROM complaints_caseevent e JOIN complaints_case c ON c.id = e.case_id
    CROSS JOIN LATERAL (SELECT CASE WHEN e.verb = 'imported'
        THEN (e.details#>>'{rounds,1,notified_at}')::timestamptz ELSE e.happened_at END AS told_at) AS moment
    WHERE c.nature = 'complaint' AND c.kind = 'original' AND e.verb IN ('notify', 'settle', 'imported')
)"""
# The last answer of a round, by whom it was brought, and whether the customer was asked at all.
ANSWER = """
LEFT JOIN LATERAL (
    SELECT e.details->>'satisfaction' AS view, e.details->>'source' AS source,
        e.details->>'accepts' = 'true' AND e.details->>'satisfaction' <> 'dissatisfied' AS accepted
    FROM complaints_caseevent e
    WHERE e.case_id = told.case_id AND COALESCE((e.details->>'turn')::int, e.round) = told.round
        AND e.verb IN ('record_feedback', 'settle', 'check_spot')
        AND e.details->>'satisfaction' <> 'not_obtained'
    ORDER BY e.sequence DESC LIMIT 1) AS answer ON TRUE
CROSS JOIN LATERAL (
    SELECT COALESCE(bool_or(e.details#>>ARRAY['rounds', told.round::text, 'satisfaction_asked_at'] IS NOT NULL), FALSE)
        AS asked FROM complaints_caseevent e WHERE e.case_id = told.case_id AND e.round = told.round) AS asking"""
WORD = """COALESCE(CASE WHEN answer.source <> 'owner' THEN answer.view END, (
    SELECT e.details#>>'{rounds,1,satisfaction}' FROM complaints_caseevent e
    WHERE e.case_id = told.case_id AND e.round = told.round AND e.verb = 'imported'))"""
IMPORTED_ACCEPTED = """(
    SELECT (e.details#>>'{rounds,1,accepted}')::boolean FROM complaints_caseevent e
    WHERE e.case_id = told.case_id AND e.round = told.round AND e.verb = 'imported')"""
REVIEWED = """EXISTS (SELECT FROM complaints_caseevent e
    WHERE e.case_id = told.case_id AND e.round = told.round AND e.verb = 'request_review')"""
# The moment a round ended in the log, and the state it ended in.
ENDED = """
ended AS (
    SELECT DISTINCT ON (e.case_id, e.round) e.case_id, e.round, e.after,
        CASE WHEN e.verb = 'imported' THEN (e.details#>>'{rounds,1,closed_at}')::timestamptz ELSE e.at END AS at,
        CASE WHEN e.verb = 'withdraw' THEN e.happened_at ELSE e.at END AS counts_at
    FROM complaints_caseevent e JOIN complaints_case c ON c.id = e.case_id
    WHERE c.nature = 'complaint' AND c.kind = 'original'
        AND e.after IN ('closed', 'declined', 'withdrawn', 'merged') AND e.before <> e.after
        AND NOT EXISTS (SELECT FROM complaints_caseevent apart WHERE apart.case_id = e.case_id
            AND apart.verb = 'unmerge' AND apart.round = e.round AND apart.sequence > e.sequence)
    ORDER BY e.case_id, e.round, e.sequence DESC
)"""
# One deadline a round: the first of the law, and only where there is none the first of the house for the result.
DEADLINE = """
deadline AS (
    SELECT DISTINCT ON (r.id) r.case_id, r.number AS round, k.due_at
    FROM complaints_clock k JOIN complaints_round r ON r.id = k.round_id JOIN complaints_case c ON c.id = r.case_id
    WHERE c.nature = 'complaint' AND c.kind = 'original'
        AND CASE k.basis WHEN 'statutory' THEN k.kind IN ('decision', 'transfer') ELSE k.kind = 'resolution' END
    ORDER BY r.id, k.basis = 'statutory' DESC, k.due_at
)"""
CHECKED = """
JOIN complaints_caseevent checked ON checked.case_id = told.case_id AND checked.verb = 'check_spot'
    AND (checked.details->>'turn')::int = told.round"""

# An extension that the telling was still under: none was told since.
EXTENDED = """EXISTS (
    SELECT FROM complaints_caseevent e WHERE e.case_id = told.case_id AND e.verb = 'extend' AND e.round <= told.round
        AND NOT EXISTS (SELECT FROM complaints_caseevent before WHERE before.case_id = e.case_id
            AND before.verb IN ('notify', 'settle') AND before.round BETWEEN e.round AND told.round - 1))"""

# Anything of the round, not only the telling.
LATE = """EXISTS (SELECT FROM complaints_caseevent e
    WHERE e.case_id = told.case_id AND e.round = told.round AND e.details->>'late' = 'true')"""

# Not asked: by a verb of its own, or because nobody could be reached.
WAIVED = """EXISTS (
    SELECT FROM complaints_caseevent e WHERE e.case_id = told.case_id AND e.round = told.round
        AND (e.verb = 'waive_survey' OR (e.verb = 'notify' AND e.details->>'unreachable' = 'true')))"""

# Offers as the log tells them, and the askings of a unit that they make: one that the unit had already asks it no more.
ASKED = """
offered AS (
    SELECT e.case_id, one.key::int AS number, min(e.round) AS round, max(one.value->>'unit_id') AS unit,
        max(one.value->>'from_unit_id') AS came_from,
        max(one.value->>'outcome') AS outcome, max(one.value->>'ended_at')::timestamptz AS ended_at
    FROM complaints_caseevent e JOIN complaints_case c ON c.id = e.case_id
    CROSS JOIN LATERAL jsonb_each(e.details->'offers') AS one
    WHERE c.nature = 'complaint' AND c.kind = 'original' GROUP BY 1, 2
),
hop AS (
    SELECT *, lead(unit) OVER hops <> unit AS leaves,
        lag(unit) OVER hops IS DISTINCT FROM unit
            OR (lag(outcome) OVER hops = 'refused' AND lag(came_from) OVER hops <> unit) AS asks
    FROM offered WINDOW hops AS (PARTITION BY case_id ORDER BY number)
),
hops AS (SELECT *, count(*) FILTER (WHERE asks) OVER (PARTITION BY case_id ORDER BY number) AS asking FROM hop),
asked AS (
    SELECT k.due_at, CASE WHEN merged.at IS NOT NULL THEN COALESCE(until.outcome, 'ended') ELSE until.outcome END
        AS outcome, date_trunc('second', COALESCE(until.ended_at, merged.at)) > k.due_at AS late FROM hops
    JOIN complaints_round r ON r.case_id = hops.case_id AND r.number = hops.round
    LEFT JOIN LATERAL (
        SELECT e.at FROM complaints_caseevent e JOIN complaints_case c ON c.id = e.case_id
        WHERE e.case_id = hops.case_id AND e.verb = 'merge' AND c.state = 'merged'
        ORDER BY e.sequence DESC LIMIT 1) AS merged ON TRUE
    JOIN complaints_clock k ON k.round_id = r.id AND k.kind = 'sign_off' AND k.subject = 'offer:' || hops.number
    CROSS JOIN LATERAL (
        SELECT later.outcome, later.ended_at FROM hops AS later
        WHERE later.case_id = hops.case_id AND later.asking = hops.asking
            AND (later.outcome IS DISTINCT FROM 'superseded' OR later.leaves)
        ORDER BY later.number LIMIT 1) AS until
    WHERE hops.asks
)"""


def of_told(hits: str, joined: str = "") -> str:
    """By the month of the telling: those of which `hits` holds, and all of `told` with what is joined to it."""
    return f"""
        WITH {TOLD}
        SELECT date_trunc('month', told_at AT TIME ZONE %(zone)s)::date, count(*) FILTER (WHERE {hits}), count(*)
        FROM told {joined} GROUP BY 1"""


def of_asked(hits: str) -> str:
    """By the month of the hour of signing: those askings of which `hits` holds, and all that count."""
    return f"""
        WITH {ASKED}
        SELECT date_trunc('month', due_at AT TIME ZONE %(zone)s)::date, count(*) FILTER (WHERE {hits}), count(*)
        FROM asked WHERE (due_at AT TIME ZONE %(zone)s)::date < %(today)s
            AND (outcome IS NULL OR outcome NOT IN ('superseded', 'ended') OR late)
        GROUP BY 1"""


# key of the KPI -> SELECT of the month, the numerator and the denominator (none: a count)
RECOUNTS = {
    "complaint_volume": """
        SELECT date_trunc('month', received_at AT TIME ZONE %(zone)s)::date, count(*), NULL::bigint
        FROM complaints_case WHERE nature = 'complaint' AND kind = 'original' GROUP BY 1""",
    "satisfaction": of_told(f"{WORD} IN ('satisfied', 'no_objection')", ANSWER),
    "late_entry_rate": of_told(LATE),
    "extension_rate": of_told(EXTENDED),
    "waiver_rate": of_told(WAIVED),
    "owner_entry_rate": of_told("answer.source = 'owner'", ANSWER),
    "settled_rate": of_told("settled"),
    "spot_difference_rate": of_told("checked.details->>'as_recorded' = 'false'", CHECKED),
    "signed_in_time": of_asked("outcome IN ('accepted', 'taken', 'refused') AND NOT late"),
    "refusal_rate": of_asked("outcome = 'refused'"),
    "on_time_rate": f"""
        WITH {TOLD}, {ENDED}, {DEADLINE}
        SELECT date_trunc('month', k.due_at AT TIME ZONE %(zone)s)::date,
            count(*) FILTER (WHERE date_trunc('second', COALESCE(denied_at, told.entered_at)) <= k.due_at), count(*)
        FROM deadline k
        LEFT JOIN told ON told.case_id = k.case_id AND told.round = k.round
        LEFT JOIN ended ON ended.case_id = k.case_id AND ended.round = k.round
        WHERE (k.due_at AT TIME ZONE %(zone)s)::date < %(today)s
            AND (told.told_at IS NOT NULL OR ended.at IS NULL OR ended.counts_at > k.due_at)
        GROUP BY 1""",
    "resolution_rate": f"""
        WITH {TOLD}, {ENDED}
        SELECT date_trunc('month', ended.at AT TIME ZONE %(zone)s)::date,
            count(*) FILTER (WHERE COALESCE(answer.accepted, {IMPORTED_ACCEPTED}, TRUE) AND NOT {REVIEWED} AND (
                (answer.accepted AND answer.source <> 'owner') OR {IMPORTED_ACCEPTED}
                OR (asked AND (back IS NULL OR back > told.told_at + interval '30 days')))), count(*)
        FROM ended
        JOIN told ON told.case_id = ended.case_id AND told.round = ended.round
        {ANSWER}
        CROSS JOIN LATERAL (
            SELECT min(e.at) AS back FROM complaints_caseevent e WHERE e.case_id = ended.case_id
                AND e.round = ended.round + 1 AND e.verb IN ('dispute', 'reopen', 'reclassify', 'decide_anew')) AS next
        WHERE ended.after = 'closed' GROUP BY 1""",
}

Months = dict[date, tuple[int, int | None]]


def recount(key: str, today: date) -> Months:
    """Numerator and denominator of a KPI by the first day of the month."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNTS[key], {"zone": settings.TIME_ZONE, "today": today})
        return {month: (numerator, denominator) for month, numerator, denominator in cursor.fetchall()}
