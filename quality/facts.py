"""The facts of cases in SQL: one row a round, joined from the case, its offers and its clocks, and one an offer."""

from complaints.models import MOVED, AnswerSource, Case, Clock, Offer, Round, SpotCheck, State
from quality import offering
from quality.models import CaseFact

# A case that comes back within this time after the customer was told was not resolved (regulations: 30 days).
RESOLVED_DAYS = 30

FACT = CaseFact._meta.db_table
COLUMNS = tuple(str(field.column) for field in CaseFact._meta.concrete_fields if not field.primary_key)
HAVING_MOVED = ", ".join(f"'{outcome.value}'" for outcome in MOVED)

# The clock by which a round is judged: of the deadlines of the law the earliest, else the internal one.
JUDGING = f"""
    SELECT k.due_at FROM {Clock._meta.db_table} k
    WHERE k.round_id = r.id
        AND (k.kind, k.basis) IN (('decision', 'statutory'), ('transfer', 'statutory'), ('resolution', 'internal'))
    ORDER BY k.basis DESC, k.due_at LIMIT 1"""
# The unit in charge when the customer was told or the deadline passed, whichever came first: a case that moves on
# takes no figure with it. Only what was signed for has moved.
IN_CHARGE = f"""
    SELECT o.unit_id FROM {Offer._meta.db_table} o
    WHERE o.case_id = c.id AND o.outcome IN ({HAVING_MOVED})
        AND o.ended_at <= COALESCE(LEAST(r.notified_at, judging.due_at, r.closed_at, back.began_at), 'infinity')
    ORDER BY o.ended_at DESC, o.number DESC LIMIT 1"""


def selecting(where: str = "TRUE") -> str:
    """A SELECT of the facts, in the order of COLUMNS; `where` is a condition on the case `c`."""
    return f"{of_rounds(where)} UNION ALL {offering.selecting(COLUMNS, where)}"


def of_rounds(where: str) -> str:
    return f"""
SELECT {", ".join(f"{EXPRESSIONS.get(column, 'c.' + column)} AS {column}" for column in COLUMNS)}
FROM {Case._meta.db_table} c
JOIN {Round._meta.db_table} r ON r.case_id = c.id
LEFT JOIN {Round._meta.db_table} back ON back.case_id = c.id AND back.number = r.number + 1
LEFT JOIN {SpotCheck._meta.db_table} spot ON spot.round_id = r.id
LEFT JOIN LATERAL ({JUDGING}) AS judging ON TRUE
LEFT JOIN LATERAL ({IN_CHARGE}) AS in_charge ON TRUE
WHERE {where}"""


DUE = "judging.due_at"
# What the owner writes down as the customer's view is kept, and makes no figure.
HEARD = f"r.satisfaction_from <> '{AnswerSource.OWNER.value}'"
EXPRESSIONS = {
    "case_id": "c.id",
    "round": "r.number",
    "offer": "0",
    "unit_id": "COALESCE(in_charge.unit_id, c.receiving_unit_id)",
    "due_at": DUE,
    "notified_at": "r.notified_at",
    "closed_at": "r.closed_at",
    "reopened_at": "back.began_at",
    "satisfaction": f"CASE WHEN {HEARD} THEN r.satisfaction ELSE '' END",
    "entered_by_owner": f"r.satisfaction <> '' AND r.satisfaction_from = '{AnswerSource.OWNER.value}'",
    "entered_late": "r.entered_late",
    "settled": "r.settled",
    "spot_checked": "COALESCE(spot.result, '') <> ''",
    "spot_differs": f"COALESCE(spot.result, '') = '{SpotCheck.Result.DIFFERS.value}'",
    "accepted": "r.accepted",
    "received_on": f"CASE WHEN r.number = 1 THEN {offering.day_of('c.received_at')} END",
    "notified_on": offering.day_of("r.notified_at"),
    "due_on": f"""CASE WHEN r.notified_at IS NOT NULL OR r.closed_at IS NULL
        OR COALESCE(r.credited_at, r.closed_at) > {DUE} THEN {offering.day_of(DUE)} END""",
    "closed_on": f"CASE WHEN r.ended_as = '{State.CLOSED.value}' THEN {offering.day_of('r.closed_at')} END",
    # the whole second of the deadline still counts
    "sign_off_on": "NULL::date",
    "signed_in_time": "NULL::boolean",
    "on_time": f"r.notified_at IS NOT NULL AND date_trunc('second', r.credited_at) <= {DUE}",
    # rejected: never; silence counts where the customer was asked
    "resolved": f"""r.ended_as = '{State.CLOSED.value}' AND r.accepted IS NOT FALSE AND (
        (r.accepted IS TRUE AND {HEARD})
        OR (r.notified_at IS NOT NULL AND r.satisfaction_asked_at IS NOT NULL
            AND COALESCE(back.began_at > r.notified_at + interval '{RESOLVED_DAYS} days', TRUE)))""",
}
