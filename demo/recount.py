"""Each KPI counted anew in plain SQL, by month, from the log: independent of rounds, facts, cells and measures."""

from datetime import date

from django.conf import settings
from django.db import connection

# Rounds of complaints that were told, each with the moment and the customer's last word on it.
TOLD = """
told AS (
    SELECT e.case_id, e.round, CASE WHEN e.verb = 'imported'
        THEN (e.details#>>'{rounds,1,notified_at}')::timestamptz ELSE e.happened_at END AS told_at
    FROM complaints_caseevent e JOIN complaints_case c ON c.id = e.case_id
    WHERE c.nature = 'complaint' AND e.verb IN ('notify', 'settle', 'imported')
)"""
WORD = """COALESCE((
    SELECT e.details->>'satisfaction' FROM complaints_caseevent e
    WHERE e.case_id = told.case_id AND e.round = told.round AND e.verb = 'record_feedback'
    ORDER BY e.sequence DESC LIMIT 1), (
    SELECT e.details#>>'{rounds,1,satisfaction}' FROM complaints_caseevent e
    WHERE e.case_id = told.case_id AND e.round = told.round AND e.verb = 'imported'))"""
# The moment a round ended in the log, and the state it ended in.
ENDED = """
ended AS (
    SELECT DISTINCT ON (e.case_id, e.round) e.case_id, e.round, e.after,
        CASE WHEN e.verb = 'imported' THEN (e.details#>>'{rounds,1,closed_at}')::timestamptz ELSE e.at END AS at
    FROM complaints_caseevent e JOIN complaints_case c ON c.id = e.case_id
    WHERE c.nature = 'complaint' AND e.after IN ('closed', 'declined', 'withdrawn', 'merged') AND e.before <> e.after
    ORDER BY e.case_id, e.round, e.sequence DESC
)"""
# One deadline a round: the first of the law, and only where there is none the first of the house for the result.
DEADLINE = """
deadline AS (
    SELECT DISTINCT ON (r.id) r.case_id, r.number AS round, k.due_at
    FROM complaints_clock k JOIN complaints_round r ON r.id = k.round_id JOIN complaints_case c ON c.id = r.case_id
    WHERE c.nature = 'complaint'
        AND CASE k.basis WHEN 'statutory' THEN k.kind IN ('decision', 'transfer') ELSE k.kind = 'resolution' END
    ORDER BY r.id, k.basis = 'statutory' DESC, k.due_at
)"""
# key of the KPI -> SELECT of the month, the numerator and the denominator (none: a count)
RECOUNTS = {
    "complaint_volume": """
        SELECT date_trunc('month', received_at AT TIME ZONE %(zone)s)::date, count(*), NULL::bigint
        FROM complaints_case WHERE nature = 'complaint' GROUP BY 1""",
    "satisfaction": f"""
        WITH {TOLD}
        SELECT date_trunc('month', told_at AT TIME ZONE %(zone)s)::date,
            count(*) FILTER (WHERE {WORD} IN ('satisfied', 'no_objection')), count(*)
        FROM told GROUP BY 1""",
    "on_time_rate": f"""
        WITH {TOLD}, {ENDED}, {DEADLINE}
        SELECT date_trunc('month', k.due_at AT TIME ZONE %(zone)s)::date,
            count(*) FILTER (WHERE date_trunc('second', told.told_at) <= k.due_at), count(*)
        FROM deadline k
        LEFT JOIN told ON told.case_id = k.case_id AND told.round = k.round
        LEFT JOIN ended ON ended.case_id = k.case_id AND ended.round = k.round
        WHERE (k.due_at AT TIME ZONE %(zone)s)::date < %(today)s
            AND (told.told_at IS NOT NULL OR ended.at IS NULL OR ended.at > k.due_at)
        GROUP BY 1""",
    "resolution_rate": f"""
        WITH {TOLD}, {ENDED}
        SELECT date_trunc('month', ended.at AT TIME ZONE %(zone)s)::date,
            count(*) FILTER (WHERE {WORD} IN ('satisfied', 'no_objection') AND NOT refused
                OR told.told_at IS NOT NULL AND (back IS NULL OR back > told.told_at + interval '30 days')), count(*)
        FROM ended
        JOIN told ON told.case_id = ended.case_id AND told.round = ended.round
        CROSS JOIN LATERAL (
            SELECT min(e.at) AS back FROM complaints_caseevent e WHERE e.case_id = ended.case_id
                AND e.round = ended.round + 1 AND e.verb IN ('dispute', 'reopen')) AS next
        CROSS JOIN LATERAL (
            SELECT COALESCE(bool_or(e.details->>'accepts' = 'false'), FALSE) AS refused FROM complaints_caseevent e
            WHERE e.case_id = ended.case_id AND e.round = ended.round AND e.verb = 'record_feedback') AS answer
        WHERE ended.after = 'closed' GROUP BY 1""",
}

Months = dict[date, tuple[int, int | None]]


def recount(key: str, today: date) -> Months:
    """Numerator and denominator of a KPI by the first day of the month."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNTS[key], {"zone": settings.TIME_ZONE, "today": today})
        return {month: (numerator, denominator) for month, numerator, denominator in cursor.fetchall()}
