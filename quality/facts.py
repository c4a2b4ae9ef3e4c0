"""The facts of cases in SQL: one row a round, read from the case, its clocks, its notifications and its log."""

from django.conf import settings

from complaints.models import FINAL, Case, CaseEvent, Clock, Notification, State
from quality.models import CaseFact

# A case that comes back within this time after the customer was told was not resolved (regulations: 30 days).
RESOLVED_DAYS = 30

FACT = CaseFact._meta.db_table
COLUMNS = tuple(str(field.column) for field in CaseFact._meta.concrete_fields if not field.primary_key)
FINAL_STATES = ", ".join(f"'{state}'" for state in FINAL)

DESCRIBING = """c.id AS case_id, c.legal_entity_id, c.handling_unit_id AS unit_id, c.channel, c.business_line_id,
    c.owner_id, c.nature, c.origin, c.received_at"""

# The round that a case is in stands in its own row.
CURRENT = f"""
SELECT {DESCRIBING}, c.round, c.notified_at, c.closed_at, NULL::timestamptz AS reopened_at, c.satisfaction, c.accepted,
    CASE WHEN c.closed_at IS NULL THEN '' ELSE c.state END AS ended_as
FROM {Case._meta.db_table} c {{where}}"""

# Earlier rounds were wiped from it when it came back; the notifications and the log still have them. What came from
# another system has no notification: its one event says when the customer was told and when it was filed.
EARLIER = f"""
SELECT {DESCRIBING}, earlier.round, COALESCE(told.told_at, log.told_at), log.closed_at, back.at,
    COALESCE(log.satisfaction, ''), log.accepted, COALESCE(log.ended_as, '')
FROM {Case._meta.db_table} c
CROSS JOIN LATERAL generate_series(1, c.round - 1) AS earlier(round)
LEFT JOIN {Notification._meta.db_table} told ON told.case_id = c.id AND told.round = earlier.round
LEFT JOIN LATERAL (
    SELECT
        (array_agg(details->>'satisfaction' ORDER BY sequence DESC) FILTER (WHERE answered))[1] AS satisfaction,
        (array_agg(details->>'satisfaction' <> 'dissatisfied' AND COALESCE((details->>'accepts')::boolean, TRUE)
            ORDER BY sequence DESC) FILTER (WHERE answered AND details->>'satisfaction' <> 'not_obtained')
        )[1] AS accepted,
        min((details->>'notified_at')::timestamptz) FILTER (WHERE verb = 'imported') AS told_at,
        (array_agg(COALESCE((details->>'closed_at')::timestamptz, at) ORDER BY sequence DESC) FILTER (WHERE ended)
        )[1] AS closed_at,
        (array_agg(after ORDER BY sequence DESC) FILTER (WHERE ended))[1] AS ended_as
    FROM (
        SELECT *, verb IN ('record_feedback', 'imported') AND details ? 'satisfaction' AS answered,
            after IN ({FINAL_STATES}) AND before NOT IN ({FINAL_STATES}) AS ended
        FROM {CaseEvent._meta.db_table} WHERE case_id = c.id AND round = earlier.round
    ) AS event
) AS log ON TRUE
LEFT JOIN LATERAL (
    SELECT min(at) AS at FROM {CaseEvent._meta.db_table}
    WHERE case_id = c.id AND round = earlier.round + 1 AND verb IN ('dispute', 'reopen')
) AS back ON TRUE
WHERE c.round > 1 {{and_where}}"""


# A round may have several clocks of a kind: each rule of law that applies gives its own, and the earliest counts.
EARLIEST = f"""
LEFT JOIN LATERAL (
    SELECT min(k.due_at) FILTER (WHERE k.basis = 'statutory' AND k.kind IN ('decision', 'transfer')) AS statutory,
        min(k.due_at) FILTER (WHERE k.basis = 'internal' AND k.kind = 'resolution') AS internal
    FROM {Clock._meta.db_table} k WHERE k.case_id = r.case_id AND k.round = r.round
) AS due ON TRUE"""


def selecting(where: str = "") -> str:
    """A SELECT of the facts, in the order of COLUMNS; `where` is a condition on the case `c`."""
    rounds = f"""{CURRENT.format(where=f"WHERE {where}" if where else "")}
UNION ALL {EARLIER.format(and_where=f"AND {where}" if where else "")}"""
    return f"""
SELECT {", ".join(f"{EXPRESSIONS.get(column, 'r.' + column)} AS {column}" for column in COLUMNS)}
FROM ({rounds}) AS r
{EARLIEST}"""


def day_of(moment: str) -> str:
    """The day of a moment in the zone of the institution."""
    return f"({moment} AT TIME ZONE '{settings.TIME_ZONE}')::date"


DUE = "COALESCE(due.statutory, due.internal)"
EXPRESSIONS = {
    "due_at": DUE,
    "received_on": f"CASE WHEN r.round = 1 THEN {day_of('r.received_at')} END",
    "notified_on": day_of("r.notified_at"),
    "due_on": f"""CASE WHEN r.notified_at IS NOT NULL OR r.closed_at IS NULL OR r.closed_at > {DUE}
        THEN {day_of(DUE)} END""",
    "closed_on": f"CASE WHEN r.ended_as = '{State.CLOSED.value}' THEN {day_of('r.closed_at')} END",
    # the whole second of the deadline still counts
    "on_time": f"date_trunc('second', r.notified_at) <= {DUE}",
    "resolved": f"""r.ended_as = '{State.CLOSED.value}' AND (r.accepted IS TRUE OR (r.notified_at IS NOT NULL
        AND COALESCE(r.reopened_at > r.notified_at + interval '{RESOLVED_DAYS} days', TRUE)))""",
}
