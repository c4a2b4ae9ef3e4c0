"""The facts of cases in SQL: one row a round, joined from the case, its offers and its clocks, and one an offer.

A review (核查) is no further complaint: it makes no fact, and tells on that of the decision that it is about.
"""

from complaints.models import MOVED, AnswerSource, Case, Clock, DeadlineMove, Link, Offer, Round, SpotCheck, State
from quality import offering
from quality.models import CaseFact
from sla.models import MoveCause

# A case that comes back within this time after the customer was told was not resolved (regulations: 30 days).
RESOLVED_DAYS = 30

FACT = CaseFact._meta.db_table
COLUMNS = tuple(str(field.column) for field in CaseFact._meta.concrete_fields if not field.primary_key)
HAVING_MOVED = ", ".join(f"'{outcome.value}'" for outcome in MOVED)

# Each of these is grouped as a whole and joined by equality: looked up row by row (LATERAL, LIMIT) it took a rebuild
# twice the work, which PostgreSQL did not divide among several processes either. `{cases}` is a condition on a case id.
#
# The clock by which a round is judged: of the deadlines of the law the earliest, else the internal one.
JUDGING = f"""
    SELECT round_id, COALESCE(min(due_at) FILTER (WHERE basis = 'statutory'), min(due_at)) AS due_at
    FROM {Clock._meta.db_table}
    WHERE (kind, basis) IN (('decision', 'statutory'), ('transfer', 'statutory'), ('resolution', 'internal'))
        AND {{cases}} GROUP BY round_id"""
# When a case moved, and to which units. Only what was signed for has moved.
MOVES = f"""
    SELECT case_id, array_agg(ended_at ORDER BY ended_at, number) AS moments,
        array_agg(unit_id ORDER BY ended_at, number) AS units
    FROM {Offer._meta.db_table} WHERE outcome IN ({HAVING_MOVED}) AND {{cases}} GROUP BY case_id"""

# The rounds in which a deadline ends later because somebody granted it.
EXTENDED = f"""
    SELECT DISTINCT k.round_id FROM {DeadlineMove._meta.db_table} m JOIN {Clock._meta.db_table} k ON k.id = m.clock_id
    WHERE m.cause = '{MoveCause.EXTENSION.value}' AND {{cases}}"""


def selecting(cases: str = "") -> str:
    """A SELECT of the facts, in the order of COLUMNS; `cases`: what follows the id of a case in a condition on it."""
    return f"{of_rounds(cases)} UNION ALL {offering.selecting(COLUMNS, cases)}"


def of_rounds(cases: str) -> str:
    these = f"case_id {cases}" if cases else "TRUE"
    return f"""
SELECT {", ".join(f"{EXPRESSIONS.get(column, 'c.' + column)} AS {column}" for column in COLUMNS)}
FROM {Case._meta.db_table} c
JOIN {Round._meta.db_table} r ON r.case_id = c.id
LEFT JOIN {Round._meta.db_table} back ON back.case_id = c.id AND back.number = r.number + 1
LEFT JOIN {SpotCheck._meta.db_table} spot ON spot.round_id = r.id
LEFT JOIN {Link._meta.db_table} review ON review.other_round_id = r.id
LEFT JOIN ({JUDGING.format(cases=these)}) AS judging ON judging.round_id = r.id
LEFT JOIN ({MOVES.format(cases=these)}) AS moves ON moves.case_id = c.id
LEFT JOIN ({EXTENDED.format(cases=these)}) AS extended ON extended.round_id = r.id
WHERE c.kind = '{Case.Kind.ORIGINAL.value}'{f" AND c.id {cases}" if cases else ""}"""


DUE = "judging.due_at"
# What the owner writes down as the customer's view is kept, and makes no figure.
HEARD = f"r.satisfaction_from <> '{AnswerSource.OWNER.value}'"
# The unit in charge when the customer was told or the deadline passed, whichever came first: a case that moves on
# takes no figure with it. The last of the moves by then.
UNTIL = f"COALESCE(LEAST(r.notified_at, {DUE}, r.closed_at, back.began_at), 'infinity')"
IN_CHARGE = f"moves.units[width_bucket({UNTIL}, moves.moments)]"
EXPRESSIONS = {
    "case_id": "c.id",
    "round": "r.number",
    "offer": "0",
    "unit_id": f"COALESCE({IN_CHARGE}, c.receiving_unit_id)",
    "due_at": DUE,
    "notified_at": "r.notified_at",
    "closed_at": "r.closed_at",
    "reopened_at": "back.began_at",
    "satisfaction": f"CASE WHEN {HEARD} THEN r.satisfaction ELSE '' END",
    "entered_by_owner": f"r.satisfaction <> '' AND r.satisfaction_from = '{AnswerSource.OWNER.value}'",
    "entered_late": "r.entered_late",
    "extended": "extended.round_id IS NOT NULL",
    "waived": "r.waived_reason <> ''",
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
    "refused": "NULL::boolean",
    "on_time": f"r.notified_at IS NOT NULL AND date_trunc('second', r.credited_at) <= {DUE}",
    # rejected or taken to a review: never; silence counts where the customer was asked
    "resolved": f"""r.ended_as = '{State.CLOSED.value}' AND r.accepted IS NOT FALSE AND review.id IS NULL AND (
        (r.accepted IS TRUE AND {HEARD})
        OR (r.notified_at IS NOT NULL AND r.satisfaction_asked_at IS NOT NULL
            AND COALESCE(back.began_at > r.notified_at + interval '{RESOLVED_DAYS} days', TRUE)))""",
}
