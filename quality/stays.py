"""The stays of cases in SQL: the stretches between the events that moved them to another state."""

from complaints.models import FINAL, Case, CaseEvent
from quality.facts import MOVES
from quality.models import Stay

STAY = Stay._meta.db_table
COLUMNS = tuple(str(field.column) for field in Stay._meta.concrete_fields if not field.primary_key)
OVER = ", ".join(f"'{state.value}'" for state in FINAL)
IN_CHARGE = "moves.units[width_bucket(COALESCE(t.until, 'infinity'), moves.moments)]"
EXPRESSIONS = {
    **{name: f"t.{name}" for name in ("case_id", "sequence", "round", "state", "since", "until")},
    "unit_id": f"COALESCE({IN_CHARGE}, c.receiving_unit_id)",
    "ended_by": "COALESCE(t.ended_by, '')",
}


def selecting(cases: str = "") -> str:
    """A SELECT of the stays, in the order of COLUMNS; `cases`: what follows the id of a case in a condition on it."""
    these = f"case_id {cases}" if cases else "TRUE"
    return f"""
SELECT {", ".join(f"{EXPRESSIONS.get(column, 'c.' + column)} AS {column}" for column in COLUMNS)}
FROM (
    SELECT case_id, sequence, round, after AS state, at AS since,
        lead(at) OVER story AS until, lead(verb) OVER story AS ended_by
    FROM {CaseEvent._meta.db_table} WHERE after <> before AND {these}
    WINDOW story AS (PARTITION BY case_id ORDER BY sequence)) AS t
JOIN {Case._meta.db_table} c ON c.id = t.case_id
LEFT JOIN ({MOVES.format(cases=these)}) AS moves ON moves.case_id = c.id
WHERE c.kind = '{Case.Kind.ORIGINAL.value}' AND c.origin = '{Case.Origin.LIVE.value}' AND t.state NOT IN ({OVER})"""


# Of some cases. What stood there stands there for ever: a row is added, or changes, and none goes.
REFRESH = f"""
INSERT INTO {STAY} ({", ".join(COLUMNS)}) {selecting("= ANY(%(cases)s)")}
ON CONFLICT (case_id, sequence) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)}
WHERE ({", ".join(f"{STAY}.{name}" for name in COLUMNS)})
    IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in COLUMNS)})"""
